// The policies that apply to an endpoint, in Calico's order (felix/calc/policy_sorter.go).
#pragma once
#include <string_view>
#include <vector>

#include "ir/policy.h"

namespace untrack::passes {

struct OrderedTier {
  std::string_view name;
  const ir::Tier* tier;                     // nullptr: named by policies only; such tiers come last
  std::vector<const ir::Policy*> policies;  // in order of evaluation
};

// Within a tier.
bool evaluated_before(const ir::Policy& a, const ir::Policy& b);

// Enforced untracked policies whose selector matches the endpoint: tiers by existence, order, name; policies
// by order (absent last), then by `name/namespace/kind` as bytes. Tiers without such a policy are left out;
// staged policies too.
std::vector<OrderedTier> untracked_policies(const ir::PolicySet& policies, const ir::Labelled& endpoint);

// The same, of all endpoints together.
std::vector<OrderedTier> untracked_policies(const ir::PolicySet& policies);

}  // namespace untrack::passes
