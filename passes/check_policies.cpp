#include "passes/check_policies.h"

#include <algorithm>

#include <fmt/format.h>

#include "ir/felix.h"
#include "passes/diagnostics.h"
#include "passes/lint/check_forms.h"
#include "passes/lint/check_idle_policies.h"
#include "passes/lint/check_lists.h"
#include "passes/lint/check_staged_policies.h"
#include "passes/rule_versions.h"

namespace untrack::passes {

static std::string_view name_of(ir::IpVersion version) {
  return version == ir::IpVersion::V4 ? "IPv4" : "IPv6";
}

// `notNets: [10.0.0.0/8]` takes the rule away from IPv6, where it seems to say everything.
static void check_not_nets(const ir::PolicyRule& rule, Versions wanted, Diagnostics& diagnostics) {
  for (const ir::EntityRule* side : {&rule.source, &rule.destination}) {
    const auto left = versions_of(side->not_nets).only();
    if (!left) continue;
    const ir::IpVersion lost = *left == ir::IpVersion::V4 ? ir::IpVersion::V6 : ir::IpVersion::V4;
    if (!wanted.has(lost)) continue;
    diagnostics.report(side->not_nets.front().span, not_nets_of_one_version, name_of(lost), name_of(*left))
        .help(fmt::format("for {0}, write a rule of its own; for {1} alone, say so: `ipVersion: {2}`",
                          name_of(lost), name_of(*left), static_cast<int>(*left)));
  }
}

static void check_icmp(const std::optional<ir::IcmpSpec>& icmp, std::string_view field,
                       Diagnostics& diagnostics) {
  if (!icmp || icmp->type) return;
  diagnostics.report(icmp->span, icmp_restricts_nothing, field)
      .fix({Safety::Safe, FixEffect::Kept, fmt::format("remove `{}`", field), {RemoveEntry{icmp->key_span}}});
}

// The number of an ICMP belongs to no IP version, so Felix writes the rule for both; its ICMP type then
// stands in the table of the wrong one, which the kernel's tools refuse.
static void check_icmp_by_number(const ir::PolicyRule& rule, Diagnostics& diagnostics) {
  if (!rule.protocol || rule.protocol->by_name) return;
  const std::uint8_t number = rule.protocol->protocol.number;
  const bool v4 = rule.protocol->protocol == ir::kIcmp, v6 = rule.protocol->protocol == ir::kIcmp6;
  const bool has_type = (rule.icmp && rule.icmp->type) || (rule.not_icmp && rule.not_icmp->type);
  if (!(v4 || v6) || !has_type) return;
  ir::PolicyRule without_type = rule;
  without_type.icmp.reset();
  without_type.not_icmp.reset();
  const ir::IpVersion other = v4 ? ir::IpVersion::V6 : ir::IpVersion::V4;
  if (!versions_of(without_type).has(other)) return;
  diagnostics.report(rule.protocol->span, icmp_by_number, number, name_of(other))
      .help(fmt::format("write `protocol: {}`, or add `ipVersion: {}`", v4 ? "ICMP" : "ICMPv6", v4 ? 4 : 6));
}

void check_rule(const ir::PolicyRule& rule, bool ipv6_support, Diagnostics& diagnostics) {
  if (rule.has_http) diagnostics.report(rule.span, http_in_untracked_rule);
  if (rule.protocol && rule.not_protocol) {
    diagnostics.report(rule.not_protocol->span, protocol_and_not_protocol);
  }
  check_icmp(rule.icmp, "icmp", diagnostics);
  check_icmp(rule.not_icmp, "notICMP", diagnostics);
  check_not_nets(rule, versions_before_not_nets(rule) & Versions{true, ipv6_support}, diagnostics);
  check_icmp_by_number(rule, diagnostics);
  lint::check_lists(rule, diagnostics);
  if (versions_of(rule).none()) diagnostics.report(rule.span, no_ip_version_left);
}

// What `namespaceSelector` and `serviceAccountSelector` become (Calico
// libcalico-go/lib/backend/syncersv1/updateprocessors/globalnetworkpolicyprocessor.go).
static bool asks_for_a_workload(const ir::Selector& selector) {
  return std::ranges::any_of(selector.nodes(), [](const ir::SelectorNode& node) {
    return node.label.starts_with("pcns.") || node.label.starts_with("pcsa.") ||
           node.label == "projectcalico.org/namespace" || node.label == "projectcalico.org/serviceaccount";
  });
}

// Without any host endpoint in the input, policy and endpoints are kept apart, and nothing can be said.
static void check_reach(const Cluster& cluster, const ir::Policy& policy, Diagnostics& diagnostics) {
  if (cluster.policies().host_endpoints.empty() || cluster.reaches_an_endpoint(policy)) return;
  const ir::Selector& selector = cluster.policies().selectors[policy.selector.selector];
  Diagnostic& finding =
      diagnostics.report(policy.selector.span, policy_without_endpoints, policy.name, selector.canonical());
  if (asks_for_a_workload(selector))
    finding.help(
        "host endpoints have no namespace and no service account: leave out `namespaceSelector` and "
        "`serviceAccountSelector`");
  else
    finding.help(cluster.meant(policy));
}

void check_policies(const Cluster& cluster, Diagnostics& diagnostics) {
  lint::check_staged_policies(cluster.policies(), diagnostics);
  lint::check_idle_policies(cluster.policies(), diagnostics);
  // A node without IPv6 of its own makes no difference here: the policy is the whole cluster's.
  const bool ipv6_support = ir::felix_settings(cluster.policies(), "").ipv6_support;
  for (const OrderedTier& tier : cluster.untracked_policies()) {
    for (const ir::Policy* policy : tier.policies) {
      check_reach(cluster, *policy, diagnostics);
      lint::check_forms(cluster.policies(), *policy, diagnostics);
      for (const ir::Direction direction : ir::kDirections) {
        if (!policy->governs(direction)) continue;
        for (const ir::PolicyRule& rule : policy->rules(direction))
          check_rule(rule, ipv6_support, diagnostics);
      }
    }
  }
}

}  // namespace untrack::passes
