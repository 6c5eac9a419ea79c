#include "passes/drop_idle_tail.h"

namespace untrack::passes {

// `next-block` of the last block leads to the end as well.
static bool is_idle(const ir::Rule& last) {
  return std::holds_alternative<ir::Track>(last.action) || std::holds_alternative<ir::NextBlock>(last.action);
}

static Changed drop_idle_tail(std::vector<ir::Block>& blocks) {
  Changed changed = Changed::No;
  while (!blocks.empty()) {
    std::vector<ir::Rule>& rules = blocks.back().rules;
    if (rules.empty()) {
      blocks.pop_back();
    } else if (is_idle(rules.back())) {
      rules.pop_back();
    } else {
      return changed;
    }
    changed = Changed::Yes;
  }
  return changed;
}

Changed DropIdleTail::run(ir::Ruleset& ruleset, PassContext&) const {
  Changed changed = Changed::No;
  for (ir::InterfaceHook& hook : ruleset.hooks) changed = changed | drop_idle_tail(hook.blocks);
  return changed;
}

}  // namespace untrack::passes
