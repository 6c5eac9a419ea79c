// What Felix drops in XDP before the stack, in iptables and nftables mode: of each tier the first untracked
// ingress policy of an endpoint, if its first rule denies a source selector and says nothing else (Calico
// felix/dataplane/linux/xdp_state.go, getPolicyIDs, isValidRuleForXDP).
#pragma once
#include <optional>
#include <string_view>

#include "ir/policy.h"

namespace untrack::passes::lint {

// Nothing if the rule alone qualifies; else what is in the way.
std::optional<std::string_view> obstacle_to_xdp(const ir::PolicyRule& rule);

}  // namespace untrack::passes::lint
