#include "passes/lint/mirror_rule.h"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ir/packet.h"
#include "support/overloaded.h"

namespace untrack::passes::lint {

using ir::IcmpSpec;
using ir::PolicyRule;

static bool mirror_icmp(std::optional<IcmpSpec>& icmp, ir::IpVersion version) {
  if (!icmp || !icmp->type) return true;
  const auto answer = ir::icmp_reply_type(version, *icmp->type);
  if (answer) icmp->type = answer;
  return answer.has_value();
}

std::optional<PolicyRule> mirror_rule(const PolicyRule& rule, ir::IpVersion icmp_version) {
  if (rule.source.service || rule.destination.service) return std::nullopt;
  PolicyRule mirror = rule;
  std::swap(mirror.source, mirror.destination);
  if (!mirror_icmp(mirror.icmp, icmp_version) || !mirror_icmp(mirror.not_icmp, icmp_version))
    return std::nullopt;
  return mirror;
}

static std::string_view action_name(const ir::PolicyAction& action) {
  return std::visit(overloaded{[](ir::Allow) { return "Allow"; }, [](ir::Deny) { return "Deny"; },
                               [](ir::Pass) { return "Pass"; }, [](ir::Log) { return "Log"; }},
                    action);
}

// As Calico spells it: names in their own letter case, other protocols by number.
static std::string protocol_text(const ir::ProtocolSpec& spec) {
  if (!spec.by_name) return fmt::format("{}", spec.protocol.number);
  static constexpr std::pair<ir::Protocol, std::string_view> kNames[] = {
      {ir::kTcp, "TCP"},      {ir::kUdp, "UDP"},   {ir::kIcmp, "ICMP"},
      {ir::kIcmp6, "ICMPv6"}, {ir::kSctp, "SCTP"}, {ir::kUdpLite, "UDPLite"},
  };
  for (const auto& [protocol, name] : kNames) {
    if (protocol == spec.protocol) return std::string(name);
  }
  return fmt::format("{}", spec.protocol.number);
}

// A single-quoted YAML scalar (YAML 1.2.2 section 7.3.2): the quote is doubled, nothing else is special.
static std::string quoted(std::string_view text) {
  std::string scalar = "'";
  for (const char c : text) scalar.append(c == '\'' ? 2 : 1, c);
  return scalar + "'";
}

std::string port_list_yaml(const std::vector<ir::PortSpec>& ports) {
  std::vector<std::string> items;
  for (const ir::PortSpec& spec : ports) {
    items.push_back(std::visit(overloaded{[](const ir::PortRange& range) {
                                            return range.first == range.last
                                                       ? fmt::format("{}", range.first)
                                                       : fmt::format("'{}:{}'", range.first, range.last);
                                          },
                                          [](const ir::NamedPort& named) { return named.name; }},
                               spec.port));
  }
  return fmt::format("[{}]", fmt::join(items, ", "));
}

static std::string cidr_list(const std::vector<ir::CidrSpec>& nets) {
  std::vector<std::string> items;
  for (const ir::CidrSpec& spec : nets) {
    const std::string text = spec.cidr.to_string();
    items.push_back(spec.cidr.version() == ir::IpVersion::V6 ? quoted(text)
                                                             : text);  // `::/0` is no plain scalar
  }
  return fmt::format("[{}]", fmt::join(items, ", "));
}

static std::string icmp_text(const IcmpSpec& icmp) {
  if (!icmp.type) return "{}";
  return icmp.code ? fmt::format("{{type: {}, code: {}}}", *icmp.type, *icmp.code)
                   : fmt::format("{{type: {}}}", *icmp.type);
}

static std::string entity_yaml(const ir::PolicySet& policies, std::string_view name,
                               const ir::EntityRule& entity) {
  std::string body;
  const auto field = [&](std::string_view key, const std::string& value) {
    body += fmt::format("\n    {}: {}", key, value);
  };
  if (!entity.nets.empty()) field("nets", cidr_list(entity.nets));
  if (!entity.not_nets.empty()) field("notNets", cidr_list(entity.not_nets));
  if (entity.selector) field("selector", quoted(policies.selectors[entity.selector->selector].canonical()));
  if (entity.not_selector)
    field("notSelector", quoted(policies.selectors[entity.not_selector->selector].canonical()));
  if (!entity.ports.empty()) field("ports", port_list_yaml(entity.ports));
  if (!entity.not_ports.empty()) field("notPorts", port_list_yaml(entity.not_ports));
  return body.empty() ? "" : fmt::format("\n  {}:{}", name, body);
}

std::string to_yaml(const ir::PolicySet& policies, const PolicyRule& rule) {
  std::string yaml = fmt::format("- action: {}", action_name(rule.action));
  if (rule.ip_version) yaml += fmt::format("\n  ipVersion: {}", static_cast<int>(*rule.ip_version));
  if (rule.protocol) yaml += fmt::format("\n  protocol: {}", protocol_text(*rule.protocol));
  if (rule.not_protocol) yaml += fmt::format("\n  notProtocol: {}", protocol_text(*rule.not_protocol));
  if (rule.icmp) yaml += fmt::format("\n  icmp: {}", icmp_text(*rule.icmp));
  if (rule.not_icmp) yaml += fmt::format("\n  notICMP: {}", icmp_text(*rule.not_icmp));
  return yaml + entity_yaml(policies, "source", rule.source) +
         entity_yaml(policies, "destination", rule.destination);
}

}  // namespace untrack::passes::lint
