// What is written and does nothing, wherever it applies: policies without rules, rules of a direction that
// the policy does not govern, a default action that nothing ever meets.
#pragma once
#include "ir/policy.h"
#include "support/diagnostic.h"

namespace untrack::passes::lint {

void check_idle_policies(const ir::PolicySet& policies, Diagnostics& diagnostics);

}  // namespace untrack::passes::lint
