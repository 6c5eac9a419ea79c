#include "passes/check_pass.h"

#include <fmt/format.h>
#include <llvm/Support/ErrorHandling.h>

#include "ir/invariants.h"

namespace untrack::passes {

static void require_invariants(std::string_view when, const ir::Ruleset& ruleset) {
  const auto broken = ir::broken_invariant(ruleset);
  if (broken) llvm::report_fatal_error(fmt::format("{} {}: {}", when, ruleset.node, *broken).c_str());
}

PassChecker::PassChecker(const ir::Ruleset& ruleset) {
  require_invariants("before the passes on", ruleset);
  before_ = effects(ruleset);
}

void PassChecker::check(std::string_view pass, const ir::Ruleset& ruleset) {
  require_invariants(fmt::format("after {} on", pass), ruleset);
  std::vector<ir::PacketMap> after = effects(ruleset);
  if (!space_.exhausted() && after != before_) {
    llvm::report_fatal_error(fmt::format("{} changed the meaning on {}", pass, ruleset.node).c_str());
  }
  before_ = std::move(after);
}

std::vector<ir::PacketMap> PassChecker::effects(const ir::Ruleset& ruleset) {
  std::vector<ir::PacketMap> maps;
  for (const ir::InterfaceHook& hook : ruleset.hooks)
    maps.push_back(ir::effects(space_, ruleset, hook, table_));
  return maps;
}

}  // namespace untrack::passes
