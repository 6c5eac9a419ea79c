#include "passes/lint/origin.h"

namespace untrack::passes::lint {

Origins::Origins(const ir::PolicySet& policies) : policies_(policies) {
  for (const ir::Policy& policy : policies.policies) by_id_.emplace(policy.id(), &policy);
}

const ir::Policy* Origins::policy(const ir::Provenance& provenance) const {
  const auto found = by_id_.find(provenance.policy);
  return found == by_id_.end() ? nullptr : found->second;
}

const ir::PolicyRule* Origins::rule(const ir::Provenance& provenance) const {
  const ir::Policy* holder = policy(provenance);
  if (!holder) return nullptr;
  const auto& rules = holder->rules(provenance.direction);
  return provenance.index < rules.size() ? &rules[provenance.index] : nullptr;
}

}  // namespace untrack::passes::lint
