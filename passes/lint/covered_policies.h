// Policies of which no rule is ever asked: one finding for the policy in place of one for each rule.
#pragma once
#include <map>

#include "passes/lint/origin.h"
#include "support/diagnostic.h"

namespace untrack::passes::lint {

// Takes from `unreached` the findings of such policies, and reports the policies.
void fold_covered_policies(const Origins& origins, std::map<WrittenRule, Diagnostics>& unreached,
                           Diagnostics& diagnostics);

}  // namespace untrack::passes::lint
