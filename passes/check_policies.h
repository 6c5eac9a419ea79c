// What can be said about untracked policy without looking at a node.
#pragma once
#include "ir/policy.h"
#include "passes/cluster.h"
#include "support/diagnostic.h"

namespace untrack::passes {

// Every enforced untracked policy: whether it reaches a host endpoint, and each of its rules.
void check_policies(const Cluster& cluster, Diagnostics& diagnostics);

// A rule of untracked policy by itself; `ipv6_support` is the node's.
void check_rule(const ir::PolicyRule& rule, bool ipv6_support, Diagnostics& diagnostics);

}  // namespace untrack::passes
