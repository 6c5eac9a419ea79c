#include "passes/flatten_tiers.h"

#include <algorithm>
#include <iterator>

#include "passes/lower_failsafes.h"

namespace untrack::passes {

static bool is_next_block(const ir::Rule& rule) {
  return std::holds_alternative<ir::NextBlock>(rule.action);
}

static bool needs_its_border(const ir::Block& block) {
  return block.name == kFailsafe || std::any_of(block.rules.begin(), block.rules.end(), is_next_block);
}

static Changed drop_last_next_blocks(ir::Block& block) {
  Changed changed = Changed::No;
  while (!block.rules.empty() && is_next_block(block.rules.back())) {
    block.rules.pop_back();
    changed = Changed::Yes;
  }
  return changed;
}

// After the last block there is only the end, and what reaches it is tracked.
static Changed decide_next_blocks(ir::Block& last) {
  Changed changed = Changed::No;
  for (ir::Rule& rule : last.rules) {
    if (!is_next_block(rule)) continue;
    rule.action = ir::Track{};
    changed = Changed::Yes;
  }
  return changed;
}

static Changed flatten(std::vector<ir::Block>& blocks) {
  Changed changed = Changed::No;
  for (ir::Block& block : blocks) changed = changed | drop_last_next_blocks(block);
  if (std::erase_if(blocks, [](const ir::Block& block) { return block.rules.empty(); }) != 0)
    changed = Changed::Yes;
  if (!blocks.empty()) changed = changed | decide_next_blocks(blocks.back());

  std::vector<ir::Block> flat;
  for (ir::Block& block : blocks) {
    if (flat.empty() || needs_its_border(flat.back())) {
      flat.push_back(std::move(block));
      continue;
    }
    flat.back().name += ", " + block.name;
    std::move(block.rules.begin(), block.rules.end(), std::back_inserter(flat.back().rules));
    changed = Changed::Yes;
  }
  blocks = std::move(flat);
  return changed;
}

Changed FlattenTiers::run(ir::Ruleset& ruleset, PassContext&) const {
  Changed changed = Changed::No;
  for (ir::InterfaceHook& hook : ruleset.hooks) changed = changed | flatten(hook.blocks);
  return changed;
}

}  // namespace untrack::passes
