// Takes away rules that no packet meets: each packet that they match is decided, or led to the next block,
// before. Exact: a rule goes also where only several others together cover it.
//
// Needs nothing. Establishes: every rule is met by some packet, and no block is empty. Does nothing for a
// hook whose meaning is past the budget of the packet space.
//
//   drop tcp to port 0:99; drop tcp to port 100:65535; untrack tcp to port 80
//   ->  drop tcp to port 0:99; drop tcp to port 100:65535
#pragma once
#include "passes/pass.h"

namespace untrack::passes {

struct DropShadowed {
  static constexpr std::string_view name = "drop-shadowed";
  Changed run(ir::Ruleset& ruleset, PassContext& context) const;
};

}  // namespace untrack::passes
