#include "passes/lint/check_staged_policies.h"

#include <algorithm>

#include "ir/felix.h"
#include "passes/lint/dataplane_diagnostics.h"
#include "passes/lint/xdp_acceleration.h"
#include "passes/order_policies.h"

namespace untrack::passes::lint {

static bool is_untracked_ingress(const ir::Policy& policy) {
  return policy.do_not_track && policy.types_ingress && !policy.staged_delete;
}

static bool applies_to(const ir::PolicySet& policies, const ir::Policy& policy,
                       const ir::HostEndpoint& endpoint) {
  return policies.selectors[policy.selector.selector].matches(policies.labels_of(endpoint.labels));
}

static bool is_first_in_tier(const ir::PolicySet& policies, const ir::Policy& staged,
                             const ir::HostEndpoint& endpoint) {
  return std::ranges::none_of(policies.policies, [&](const ir::Policy& other) {
    return &other != &staged && other.tier == staged.tier && is_untracked_ingress(other) &&
           evaluated_before(other, staged) && applies_to(policies, other, endpoint);
  });
}

static bool accelerates(const ir::PolicySet& policies, const ir::HostEndpoint& endpoint) {
  if (endpoint.all_interfaces()) return false;
  const ir::FelixSettings settings = ir::felix_settings(policies, endpoint.node);
  return settings.xdp_enabled.value_or(true) && !settings.bpf_enabled;
}

static void check(const ir::PolicySet& policies, const ir::Policy& staged, Diagnostics& diagnostics) {
  for (const ir::HostEndpoint& endpoint : policies.host_endpoints) {
    if (!applies_to(policies, staged, endpoint) || !accelerates(policies, endpoint) ||
        !is_first_in_tier(policies, staged, endpoint)) {
      continue;
    }
    diagnostics.report(staged.ingress.front().span, staged_enforced_by_xdp, staged.name)
        .note(endpoint.span, "on this host endpoint")
        .help("begin the policy with a Log rule while it is staged, or set `xdpEnabled: false`");
    return;
  }
}

void check_staged_policies(const ir::PolicySet& policies, Diagnostics& diagnostics) {
  for (const ir::Policy& policy : policies.policies) {
    if (!ir::is_staged(policy.kind) || !is_untracked_ingress(policy) || policy.ingress.empty()) continue;
    if (!obstacle_to_xdp(policy.ingress.front())) check(policies, policy, diagnostics);
  }
}

}  // namespace untrack::passes::lint
