// Policy that says the right thing at length, where a shorter form costs each packet less.
#pragma once
#include "ir/policy.h"
#include "support/diagnostic.h"

namespace untrack::passes::lint {

void check_forms(const ir::PolicySet& policies, const ir::Policy& policy, Diagnostics& diagnostics);

}  // namespace untrack::passes::lint
