#include "passes/lint/ordinary_policy.h"

#include <algorithm>

#include "passes/cluster.h"
#include "passes/lower_policies.h"

namespace untrack::passes::lint {

// Policy of a namespace selects no host endpoint; policy before NAT is another stage.
static bool is_ordinary(const ir::Policy& policy) {
  return policy.kind == ir::PolicyKind::GlobalNetworkPolicy && !policy.do_not_track && !policy.pre_dnat;
}

// The ordinary policies, marked as untracked: they are then sorted, selected and lowered as those are.
static std::unique_ptr<const ir::PolicySet> as_untracked(const ir::PolicySet& policies) {
  auto copy = std::make_unique<ir::PolicySet>(policies);
  std::erase_if(copy->policies, [](const ir::Policy& policy) { return !is_ordinary(policy); });
  for (ir::Policy& policy : copy->policies) policy.do_not_track = true;
  return copy;
}

OrdinaryPolicy::OrdinaryPolicy(const ir::PolicySet& policies) {
  if (std::ranges::none_of(policies.policies, is_ordinary)) return;
  policies_ = as_untracked(policies);
  cluster_ = std::make_unique<const Cluster>(*policies_);
}

OrdinaryPolicy::~OrdinaryPolicy() = default;

ir::Ruleset OrdinaryPolicy::lower(std::string_view node) const {
  if (!cluster_) return {};
  Diagnostics about_ordinary_policy;  // none of our business
  return lower_policies(*cluster_, node, {}, about_ordinary_policy);
}

}  // namespace untrack::passes::lint
