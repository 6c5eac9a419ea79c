#include "passes/order_policies.h"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>

namespace untrack::passes {

static bool is_enforced_untracked(const ir::Policy& policy) {
  return policy.do_not_track && !ir::is_staged(policy.kind);
}

// The separators take part in the order: `-` and `.` sort before `/`, so `web-b` comes before `web`
// (Calico felix/calc/policy_sorter.go, PolKVLess).
static std::string tie_break(const ir::Policy& policy) {
  return policy.name + "/" + policy.namespace_name + "/" + std::string(ir::to_string(policy.kind));
}

bool evaluated_before(const ir::Policy& a, const ir::Policy& b) {
  constexpr double kLast = std::numeric_limits<double>::infinity();
  const double a_order = a.order.value_or(kLast), b_order = b.order.value_or(kLast);
  return a_order != b_order ? a_order < b_order : tie_break(a) < tie_break(b);
}

// Calico felix/calc/policy_sorter.go, TierLess.
static bool tier_before(const OrderedTier& a, const OrderedTier& b) {
  if ((a.tier == nullptr) != (b.tier == nullptr)) return a.tier != nullptr;
  if (a.tier != nullptr && a.tier->order != b.tier->order) return a.tier->order < b.tier->order;
  return a.name < b.name;
}

std::vector<OrderedTier> untracked_policies(const ir::PolicySet& policies) {
  std::map<std::string_view, const ir::Tier*> existing;
  for (const ir::Tier& tier : policies.tiers) existing.emplace(tier.name, &tier);

  std::map<std::string_view, std::vector<const ir::Policy*>> by_tier;
  for (const ir::Policy& policy : policies.policies) {
    if (is_enforced_untracked(policy)) by_tier[policy.tier].push_back(&policy);
  }

  std::vector<OrderedTier> tiers;
  for (auto& [name, members] : by_tier) {
    std::stable_sort(members.begin(), members.end(),
                     [](const ir::Policy* a, const ir::Policy* b) { return evaluated_before(*a, *b); });
    const auto found = existing.find(name);
    tiers.push_back({name, found == existing.end() ? nullptr : found->second, std::move(members)});
  }
  std::sort(tiers.begin(), tiers.end(), tier_before);
  return tiers;
}

std::vector<OrderedTier> untracked_policies(const ir::PolicySet& policies, const ir::Labelled& endpoint) {
  const ir::LabelLookup labels = policies.labels_of(endpoint);
  std::vector<OrderedTier> tiers = untracked_policies(policies);
  for (OrderedTier& tier : tiers) {
    std::erase_if(tier.policies, [&](const ir::Policy* policy) {
      return !policies.selectors[policy->selector.selector].matches(labels);
    });
  }
  std::erase_if(tiers, [](const OrderedTier& tier) { return tier.policies.empty(); });
  return tiers;
}

}  // namespace untrack::passes
