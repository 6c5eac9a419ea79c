// The failsafe ports as rules: such packets stay tracked, whatever policy says (docs/semantics.md,
// "Failsafes").
//
//   inbound `tcp 22`  ->  track tcp to port 22      ingress, `failsafe ingress 0`
//                         track tcp from port 22    egress, the same provenance: the replies
#pragma once
#include "ir/policy.h"
#include "ir/ruleset.h"

namespace untrack::passes {

inline constexpr std::string_view kFailsafe = "failsafe";  // the block, and the policy in the provenance

// Provenance: `failsafe`, the list that the entry is in (inbound is ingress), its place in it.
ir::Block lower_failsafes(const ir::FelixSettings& settings, ir::Direction direction, ir::Ruleset& ruleset);

}  // namespace untrack::passes
