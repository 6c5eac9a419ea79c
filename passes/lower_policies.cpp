#include "passes/lower_policies.h"

#include <vector>

#include "ir/felix.h"
#include "passes/govern_interfaces.h"
#include "passes/lower_failsafes.h"
#include "passes/lower_rule.h"

namespace untrack::passes {

static ir::Block lower_tier(const OrderedTier& tier, ir::Direction direction, RuleLowering& lowering) {
  ir::Block block{"tier " + std::string(tier.name), {}};
  for (const ir::Policy* policy : tier.policies) {
    if (!policy->governs(direction)) continue;
    const std::size_t count = policy->rules(direction).size();
    for (std::uint32_t index = 0; index < count; ++index) {
      if (auto rule = lowering.lower(*policy, direction, index)) block.rules.push_back(std::move(*rule));
    }
  }
  return block;
}

ir::Ruleset lower_policies(const Cluster& cluster, std::string_view node, const LowerOptions& options,
                           Diagnostics& diagnostics) {
  const ir::FelixSettings settings = ir::felix_settings(cluster.policies(), node);
  ir::Ruleset ruleset;
  ruleset.node = node;
  RuleLowering lowering(cluster, settings, ruleset, diagnostics);
  for (const GovernedInterface& governed : govern_interfaces(cluster, node, options, diagnostics)) {
    const std::vector<OrderedTier> tiers = cluster.untracked_policies(*governed.endpoint);
    if (tiers.empty()) continue;
    // Untracked policy in one direction makes Felix render both (felix/rules/dispatch.go,
    // hostDispatchChains).
    for (const ir::Direction direction : ir::kDirections) {
      ir::InterfaceHook hook{governed.interface_name, direction, {}};
      hook.blocks.push_back(lower_failsafes(settings, direction, ruleset));
      for (const OrderedTier& tier : tiers) hook.blocks.push_back(lower_tier(tier, direction, lowering));
      std::erase_if(hook.blocks, [](const ir::Block& block) { return block.rules.empty(); });
      ruleset.hooks.push_back(std::move(hook));
    }
  }
  return ruleset;
}

ir::Ruleset lower_policies(const ir::PolicySet& policies, std::string_view node, const LowerOptions& options,
                           Diagnostics& diagnostics) {
  return lower_policies(Cluster(policies), node, options, diagnostics);
}

}  // namespace untrack::passes
