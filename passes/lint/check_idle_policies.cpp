#include "passes/lint/check_idle_policies.h"

#include <fmt/format.h>

#include <set>
#include <string_view>

#include "passes/lint/redundancy_diagnostics.h"

namespace untrack::passes::lint {

static bool is_enforced(const ir::Policy& policy) {
  return !ir::is_staged(policy.kind) && !policy.staged_delete;
}

static void check_rules(const ir::Policy& policy, Diagnostics& diagnostics) {
  if (policy.do_not_track && is_enforced(policy) && policy.ingress.empty() && policy.egress.empty()) {
    diagnostics.report(policy.span, policy_without_rules, policy.name)
        .help("write its rules, or leave it out; what shall be dropped needs a rule with `action: Deny`");
  }
  for (const ir::Direction direction : ir::kDirections) {
    const std::vector<ir::PolicyRule>& rules = policy.rules(direction);
    if (policy.governs(direction) || rules.empty() || policy.staged_delete) continue;
    const std::string_view type = direction == ir::Direction::Ingress ? "Ingress" : "Egress";
    diagnostics
        .report(rules.front().span, rules_of_unlisted_direction, to_string(direction),
                rules.size() == 1 ? "rule does" : "rules do", type)
        .help(fmt::format("add `{}` to `types`, or leave the {} rules out", type, to_string(direction)));
  }
}

// A written default action of a tier that no tracked packet comes to.
static void check_tiers(const ir::PolicySet& policies, Diagnostics& diagnostics) {
  std::set<std::string_view> with_tracked, with_untracked;
  for (const ir::Policy& policy : policies.policies) {
    const bool untracked = policy.do_not_track && is_enforced(policy);
    (untracked ? with_untracked : with_tracked).insert(policy.tier);
  }
  for (const ir::Tier& tier : policies.tiers) {
    if (tier.default_pass || !tier.default_action_span.exists()) continue;
    if (!with_untracked.contains(tier.name) || with_tracked.contains(tier.name)) continue;
    diagnostics.report(tier.default_action_span, tier_default_unused, tier.name)
        .help("write a rule with `action: Deny` for what shall be dropped, or set `defaultAction: Pass`");
  }
}

void check_idle_policies(const ir::PolicySet& policies, Diagnostics& diagnostics) {
  for (const ir::Policy& policy : policies.policies) check_rules(policy, diagnostics);
  check_tiers(policies, diagnostics);
}

}  // namespace untrack::passes::lint
