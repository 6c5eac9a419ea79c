// One ir::Match as alternatives of iptables conditions for packets of one IP version.
//
// Ports, ICMP types and sockets are looked up in sets, never with -m tcp, udp, sctp, multiport or icmp: those
// drop a packet whose header is cut off, whatever the rule says (`hotdrop`). A set match does not hold for
// such a packet, nor for a later fragment, and its negation does: just what policy asks for
// (docs/backends.md).
#pragma once
#include <cstdint>
#include <vector>

#include "backends/iptables/model.h"
#include "backends/iptables/sets.h"

namespace untrack::backends::iptables {

// Of a few nets: an alternative for each, which costs less than a look into a set; or a set.
enum class ShortLists : std::uint8_t { Alternatives, Sets };

// A packet of the version matches if all conditions of one alternative hold; no packet is in two alternatives
// (a log rule would log it twice). No alternative: nothing matches.
std::vector<Conditions> alternatives(SetStore& sets, const ir::Match& match, ir::IpVersion version,
                                     ShortLists lists);

// False if the match takes no packet of the version, since it asks for another or for addresses of another.
bool of_version(const ir::Ruleset& ruleset, const ir::Match& match, ir::IpVersion version);

}  // namespace untrack::backends::iptables
