// Which rules of a policy the XDP program enforces before the stack, and why not the others: UT480 to UT482,
// one finding for each answer, policy and direction, at the first of its rules.
#pragma once
#include "ir/ruleset.h"
#include "support/diagnostic.h"

namespace untrack::backends::bpf {

// `policy` is what lower_policies made: passes leave out rules, and merge others.
void explain_xdp(const ir::Ruleset& policy, Diagnostics& diagnostics);

}  // namespace untrack::backends::bpf
