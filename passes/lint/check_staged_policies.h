// UT427: does a staged policy drop packets all the same? Asked of the cluster's host endpoints, not of a
// node's rules: staged policies are not among them.
#pragma once
#include "ir/policy.h"
#include "support/diagnostic.h"

namespace untrack::passes::lint {

void check_staged_policies(const ir::PolicySet& policies, Diagnostics& diagnostics);

}  // namespace untrack::passes::lint
