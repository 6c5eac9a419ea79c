// Catches a pass that breaks an invariant or changes the meaning (PipelineOptions::check).
#pragma once
#include <string_view>
#include <vector>

#include "ir/meaning.h"
#include "ir/ruleset.h"

namespace untrack::passes {

class PassChecker {
 public:
  explicit PassChecker(const ir::Ruleset& ruleset);
  // Compares with the ruleset of the last call. Ends the program with a sentence on our bug.
  void check(std::string_view pass, const ir::Ruleset& ruleset);

 private:
  std::vector<ir::PacketMap> effects(const ir::Ruleset& ruleset);

  ir::PacketSpace space_;  // its own: what is checked must not run into the budget earlier for being checked
  ir::EffectTable table_;
  std::vector<ir::PacketMap> before_;  // by hook
};

}  // namespace untrack::passes
