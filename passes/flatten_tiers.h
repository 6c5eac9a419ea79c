// Takes away the borders between tiers that no packet can tell.
//
// Needs nothing. Establishes: no block ends in `next-block`, none of the last block's rules is one, and two
// blocks stand apart only where a `next-block` of the first needs the border. The failsafe block stays apart:
// artifacts show it by its name.
//
//   block tier a { drop tcp; next-block udp }       block tier a, tier b { drop tcp; untrack udp }
//   block tier b { untrack udp }                ->
#pragma once
#include "passes/pass.h"

namespace untrack::passes {

struct FlattenTiers {
  static constexpr std::string_view name = "flatten-tiers";
  Changed run(ir::Ruleset& ruleset, PassContext& context) const;
};

}  // namespace untrack::passes
