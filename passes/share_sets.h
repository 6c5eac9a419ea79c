// Leaves the sets that some rule uses, numbered in the order of first use.
//
// Needs nothing. Establishes: every set is used, and equal rules give equal numbers whatever was there
// before.
//
//   %a0 (unused), %a1, %a2; rules that use %a2, then %a1  ->  %a0, %a1; the same rules with %a0, then %a1
#pragma once
#include "passes/pass.h"

namespace untrack::passes {

struct ShareSets {
  static constexpr std::string_view name = "share-sets";
  Changed run(ir::Ruleset& ruleset, PassContext& context) const;
};

}  // namespace untrack::passes
