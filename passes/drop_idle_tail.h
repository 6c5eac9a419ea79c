// Takes away the rules at the end of a hook that say what its end says anyway: track.
//
// Needs nothing. Establishes: the last rule of a hook, if it has one, is no `track` and no `next-block`. A
// hook of failsafes alone becomes empty, so that its packets cost nothing.
//
//   block failsafe { track tcp to port 22 }  ->  (nothing)
#pragma once
#include "passes/pass.h"

namespace untrack::passes {

struct DropIdleTail {
  static constexpr std::string_view name = "drop-idle-tail";
  Changed run(ir::Ruleset& ruleset, PassContext& context) const;
};

}  // namespace untrack::passes
