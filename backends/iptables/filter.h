// `filter/iptables.restore`: the chain that lets packets with the mark through table filter, of either IP
// version. No jump is in it: `apply` adds one to INPUT, FORWARD and OUTPUT, first in each.
#pragma once
#include "backends/backend.h"

namespace untrack::backends::iptables {

Artifact accept_in_filter(MarkBit mark);
// `-m mark --mark 0x10000/0x10000`
std::string accepted_by(MarkBit mark);

}  // namespace untrack::backends::iptables
