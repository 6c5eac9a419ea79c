#include "passes/rule_versions.h"

namespace untrack::passes {

Versions only(ir::IpVersion version) {
  return {version == ir::IpVersion::V4, version == ir::IpVersion::V6};
}

Versions versions_of(const std::vector<ir::CidrSpec>& nets) {
  if (nets.empty()) return {};
  Versions versions{false, false};
  for (const ir::CidrSpec& net : nets) {
    (net.cidr.version() == ir::IpVersion::V4 ? versions.v4 : versions.v6) = true;
  }
  return versions;
}

static Versions versions_of_not_nets(const std::vector<ir::CidrSpec>& not_nets) {
  Versions versions = versions_of(not_nets);
  for (const ir::CidrSpec& net : not_nets) {
    if (net.cidr.prefix_bits() == 0)
      (net.cidr.version() == ir::IpVersion::V4 ? versions.v4 : versions.v6) = false;
  }
  return versions;
}

// A name of an ICMP implies its IP version; its number does so only together with an ICMP type, where Felix
// would otherwise write what iptables refuses.
static Versions versions_of_protocol(const ir::PolicyRule& rule) {
  if (!rule.protocol) return {};
  const bool has_type = (rule.icmp && rule.icmp->type) || (rule.not_icmp && rule.not_icmp->type);
  if (!rule.protocol->by_name && !has_type) return {};
  if (rule.protocol->protocol == ir::kIcmp) return only(ir::IpVersion::V4);
  if (rule.protocol->protocol == ir::kIcmp6) return only(ir::IpVersion::V6);
  return {};
}

Versions versions_before_not_nets(const ir::PolicyRule& rule) {
  const Versions by_header = rule.ip_version ? only(*rule.ip_version) : versions_of_protocol(rule);
  return by_header & versions_of(rule.source.nets) & versions_of(rule.destination.nets);
}

Versions versions_of(const ir::PolicyRule& rule) {
  return versions_before_not_nets(rule) & versions_of_not_nets(rule.source.not_nets) &
         versions_of_not_nets(rule.destination.not_nets);
}

}  // namespace untrack::passes
