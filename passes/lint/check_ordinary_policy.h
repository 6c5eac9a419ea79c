// Where untracked policy meets ordinary policy of the same host endpoint: it comes first, whatever the tiers
// say.
//
//   UT209  an ordinary rule that never sees a packet     UT503  an untracked Allow of what ordinary policy
//   denies
#pragma once
#include "passes/lint/lint.h"
#include "passes/lint/subject.h"

namespace untrack::passes::lint {

// In spaces of its own: the proof of the artifacts must not run out of its budget for this.
void check_ordinary_policy(const Origins& origins, const ir::Ruleset& untracked, std::size_t edge_budget,
                           NodeFindings& findings);

}  // namespace untrack::passes::lint
