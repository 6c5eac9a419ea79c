#include "passes/lint/mirror_rule.h"

#include <utility>

#include <fmt/format.h>

#include "ir/packet.h"
#include "support/overloaded.h"
#include "support/yaml_text.h"

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

static Value action_value(const ir::PolicyAction& action) {
  return word(std::visit(overloaded{[](ir::Allow) { return "Allow"; }, [](ir::Deny) { return "Deny"; },
                                    [](ir::Pass) { return "Pass"; }, [](ir::Log) { return "Log"; }},
                         action));
}

// As Calico spells it: names in their own letter case, other protocols by number.
static Value protocol_value(const ir::ProtocolSpec& spec) {
  static constexpr std::pair<ir::Protocol, const char*> kNames[] = {
      {ir::kTcp, "TCP"},      {ir::kUdp, "UDP"},   {ir::kIcmp, "ICMP"},
      {ir::kIcmp6, "ICMPv6"}, {ir::kSctp, "SCTP"}, {ir::kUdpLite, "UDPLite"},
  };
  for (const auto& [protocol, name] : kNames) {
    if (spec.by_name && protocol == spec.protocol) return word(name);
  }
  return bare(fmt::format("{}", spec.protocol.number));
}

static Value port_value(const ir::PortSpec& spec) {
  return std::visit(
      overloaded{[](const ir::PortRange& range) {
                   return range.first == range.last
                              ? bare(fmt::format("{}", range.first))
                              : Value{Scalar{fmt::format("{}:{}", range.first, range.last), Spelling::Text}};
                 },
                 [](const ir::NamedPort& named) { return text_value(named.name); }},
      spec.port);
}

static Value net_value(const ir::CidrSpec& spec) {
  const bool plain = spec.cidr.version() == ir::IpVersion::V4;  // `::/0` is no plain scalar
  return {Scalar{spec.cidr.to_string(), plain ? Spelling::Word : Spelling::Text}};
}

template <class Item>
static Value list_value(const std::vector<Item>& items, Value (*value_of_item)(const Item&)) {
  ValueList list;
  for (const Item& item : items) list.push_back(value_of_item(item));
  return {std::move(list)};
}

static Value icmp_value(const IcmpSpec& icmp) {
  ValueMapping mapping{.on_one_line = true};
  if (icmp.type) mapping.entries.push_back({"type", bare(fmt::format("{}", *icmp.type))});
  if (icmp.type && icmp.code) mapping.entries.push_back({"code", bare(fmt::format("{}", *icmp.code))});
  return {std::move(mapping)};
}

static ValueMapping entity_value(const ir::PolicySet& policies, const ir::EntityRule& entity) {
  ValueMapping mapping;
  const auto field = [&](const char* key, Value value) {
    mapping.entries.push_back({key, std::move(value)});
  };
  const auto selector = [&](const ir::SelectorSpec& spec) {
    return Value{Scalar{policies.selectors[spec.selector].canonical(), Spelling::Text}};
  };
  if (!entity.nets.empty()) field("nets", list_value(entity.nets, net_value));
  if (!entity.not_nets.empty()) field("notNets", list_value(entity.not_nets, net_value));
  if (entity.selector) field("selector", selector(*entity.selector));
  if (entity.not_selector) field("notSelector", selector(*entity.not_selector));
  if (!entity.ports.empty()) field("ports", list_value(entity.ports, port_value));
  if (!entity.not_ports.empty()) field("notPorts", list_value(entity.not_ports, port_value));
  return mapping;
}

Value rule_value(const ir::PolicySet& policies, const PolicyRule& rule) {
  ValueMapping mapping;
  const auto field = [&](const char* key, Value value) {
    mapping.entries.push_back({key, std::move(value)});
  };
  field("action", action_value(rule.action));
  if (rule.ip_version) field("ipVersion", bare(fmt::format("{}", static_cast<int>(*rule.ip_version))));
  if (rule.protocol) field("protocol", protocol_value(*rule.protocol));
  if (rule.not_protocol) field("notProtocol", protocol_value(*rule.not_protocol));
  if (rule.icmp) field("icmp", icmp_value(*rule.icmp));
  if (rule.not_icmp) field("notICMP", icmp_value(*rule.not_icmp));
  ValueMapping source = entity_value(policies, rule.source),
               destination = entity_value(policies, rule.destination);
  if (!source.entries.empty()) field("source", {std::move(source)});
  if (!destination.entries.empty()) field("destination", {std::move(destination)});
  return {std::move(mapping)};
}

std::string port_list_yaml(const std::vector<ir::PortSpec>& ports) {
  return flow_text(list_value(ports, port_value));
}

std::string to_yaml(const ir::PolicySet& policies, const PolicyRule& rule) {
  return block_item_text(rule_value(policies, rule));
}

}  // namespace untrack::passes::lint
