// A file's effect on the packets of one IP version, direction and interface, from the chain where they enter.
#pragma once
#include "verify/iptables/matches.h"

namespace untrack::verify::iptables {

// Leaves are Outcomes; only packets of the version count. Continue and Return: left the entry chain
// undecided.
ir::PacketMap walk(const RuleFile& file, Composer& composer, Matches& matches, ir::Direction direction);

}  // namespace untrack::verify::iptables
