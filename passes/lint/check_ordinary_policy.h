// Where untracked policy meets ordinary policy of the same host endpoint: it comes first, whatever the tiers
// say.
//
//   UT209  an ordinary rule that never sees a packet     UT503  an untracked Allow of what ordinary policy
//   denies
#pragma once
#include "passes/lint/lint.h"
#include "passes/lint/subject.h"

namespace untrack::passes::lint {

void check_ordinary_policy(const Subject& subject, NodeFindings& findings);

}  // namespace untrack::passes::lint
