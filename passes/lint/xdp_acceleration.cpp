#include "passes/lint/xdp_acceleration.h"

namespace untrack::passes::lint {

static bool matches_more_than_selector(const ir::EntityRule& side) {
  return !side.nets.empty() || !side.not_nets.empty() || side.not_selector || !side.ports.empty() ||
         !side.not_ports.empty() || side.service;
}

std::optional<std::string_view> obstacle_to_xdp(const ir::PolicyRule& rule) {
  if (!std::holds_alternative<ir::Deny>(rule.action)) return "its action is not Deny";
  if (rule.ip_version == ir::IpVersion::V6) return "it is for IPv6";
  if (!rule.source.selector && !rule.source.nets.empty()) {
    return "it lists nets, where only a selector will do: put them into a GlobalNetworkSet";
  }
  if (!rule.source.selector) return "it has no source selector";
  if (rule.protocol || rule.not_protocol || rule.icmp || rule.not_icmp || rule.has_http)
    return "it says more than a source selector: a protocol";
  if (matches_more_than_selector(rule.source)) return "it says more than a source selector about the source";
  if (matches_more_than_selector(rule.destination) || rule.destination.selector)
    return "it says more than a source selector: a destination";
  return std::nullopt;
}

}  // namespace untrack::passes::lint
