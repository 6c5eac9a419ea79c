#include "frontend/resources/built_in.h"

namespace untrack::frontend::resources {

std::array<ir::Tier, 3> built_in_tiers() {
  return {ir::Tier{"kube-admin", 1000, true, {}}, ir::Tier{"default", 1000000, false, {}},
          ir::Tier{"kube-baseline", 10000000, true, {}}};
}

ir::ProfileRules allow_everything() {
  ir::PolicyRule rule;
  rule.action = ir::Allow{};
  return {{rule}, {rule}};
}

ir::Profile default_allow_profile() {
  return {std::string(kDefaultAllowProfile), {}, {}, allow_everything()};
}

}  // namespace untrack::frontend::resources
