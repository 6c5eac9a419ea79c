// Makes one rule of several that do the same and differ in one list of alternatives: ports, addresses, or the
// IP version. They need not stand side by side, nor come from one policy: a rule moves up past rules of the
// same action, and past others that no packet shares with it. A rule that logs is never merged and nothing
// moves past it. Provenance is kept, in the order of evaluation.
//
// Needs nothing. Establishes: no two rules of a block can be merged in this way.
//
//   untrack tcp from %a0 to port 80  <- gnp/a ingress 0       untrack tcp from %a0 to port 80,443
//   drop udp  <- gnp/a ingress 1                          ->    <- gnp/a ingress 0, gnp/b ingress 0
//   untrack tcp from %a0 to port 443  <- gnp/b ingress 0      drop udp  <- gnp/a ingress 1
#pragma once
#include "passes/pass.h"

namespace untrack::passes {

struct MergeRules {
  static constexpr std::string_view name = "merge-rules";
  Changed run(ir::Ruleset& ruleset, PassContext& context) const;
};

}  // namespace untrack::passes
