#include "passes/drop_shadowed.h"

#include <iterator>
#include <set>

#include "ir/meaning.h"

namespace untrack::passes {

static std::set<ir::RuleRef> met_rules(const ir::HookMeaning& meaning) {
  std::set<ir::RuleRef> met;
  for (const ir::Trace& trace : meaning.traces) met.insert(trace.rules.begin(), trace.rules.end());
  return met;
}

static Changed keep_only(const std::set<ir::RuleRef>& met, std::vector<ir::Block>& blocks) {
  Changed changed = Changed::No;
  for (std::uint32_t b = 0; b < blocks.size(); ++b) {
    std::vector<ir::Rule> kept;
    for (std::uint32_t r = 0; r < blocks[b].rules.size(); ++r) {
      if (met.contains({b, r})) kept.push_back(std::move(blocks[b].rules[r]));
    }
    if (kept.size() != blocks[b].rules.size()) changed = Changed::Yes;
    blocks[b].rules = std::move(kept);
  }
  if (std::erase_if(blocks, [](const ir::Block& block) { return block.rules.empty(); }) != 0)
    changed = Changed::Yes;
  return changed;
}

Changed DropShadowed::run(ir::Ruleset& ruleset, PassContext& context) const {
  Changed changed = Changed::No;
  for (ir::InterfaceHook& hook : ruleset.hooks) {
    const ir::HookMeaning meaning = ir::meaning(context.space, ruleset, hook);
    if (context.space.exhausted()) return changed;
    changed = changed | keep_only(met_rules(meaning), hook.blocks);
  }
  return changed;
}

}  // namespace untrack::passes
