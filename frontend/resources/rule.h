// One rule of a policy or a profile.
#pragma once
#include <optional>

#include "frontend/resources/scalars.h"
#include "ir/policy.h"

namespace untrack::frontend::resources {

std::optional<ir::PolicyRule> rule(Context& context, const Entry& entry, ir::Direction direction);

// MaxItems of `ingress` and `egress` (Calico api/pkg/apis/projectcalico/v3/globalnetworkpolicy.go).
inline constexpr std::size_t kMaxRules = 1024;
template <ir::Direction direction>
std::optional<ir::PolicyRule> rule(Context& context, const Entry& entry) {
  return rule(context, entry, direction);
}

}  // namespace untrack::frontend::resources
