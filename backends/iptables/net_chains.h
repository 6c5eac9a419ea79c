// Nets in two levels (levels.h), as chains.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "backends/iptables/chains.h"
#include "backends/iptables/levels.h"
#include "backends/iptables/sets.h"

namespace untrack::backends::iptables {

// What becomes of the packets from one list of the levels.
struct NetEnd {
  Target target;
  std::string comment;
};

// Rules at the end of `chain` for packets for which all conditions of one of the alternatives hold. Those
// from none of the nets go on to `otherwise`, or in the chain, where that is to follow; all others go on in
// the chain.
void add_levels(Chains& chains, SetStore& sets, Chains::Id chain, std::span<const Conditions> alternatives,
                Side side, const NetLevels& levels, std::span<const NetEnd> ends, const Otherwise& otherwise);

bool is_unconditional(std::span<const Conditions> alternatives);
// Jumps on the longest way from that chain to one of the ends.
std::size_t jumps_within(const NetLevels& levels, std::span<const Conditions> alternatives);

}  // namespace untrack::backends::iptables
