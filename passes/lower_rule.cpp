#include "passes/lower_rule.h"

#include <algorithm>
#include <variant>

#include "ir/felix.h"
#include "passes/check_policies.h"
#include "passes/diagnostics.h"
#include "passes/intern_addresses.h"
#include "passes/rule_versions.h"
#include "support/overloaded.h"

namespace untrack::passes {

namespace {

// What follows where a part of a rule finds nothing; `negated`: where the exception to it finds nothing.
std::string_view consequence(const ir::PolicyAction& action, bool negated) {
  if (negated) return "it excludes nothing";
  return std::visit(overloaded{
                        [](ir::Allow) -> std::string_view { return "this rule allows nothing"; },
                        [](ir::Deny) -> std::string_view { return "this rule denies nothing"; },
                        [](ir::Pass) -> std::string_view { return "this rule passes nothing on"; },
                        [](ir::Log) -> std::string_view { return "this rule logs nothing"; },
                    },
                    action);
}

bool covers(const ir::AddressSet& addresses, Versions versions) {
  return std::ranges::all_of(ir::kIpVersions, [&](ir::IpVersion version) {
    const auto prefixes = addresses.prefixes(version);
    return !versions.has(version) || (prefixes.size() == 1 && prefixes.front().prefix_bits() == 0);
  });
}

ir::AddressSet addresses_of(const std::vector<ir::CidrSpec>& nets, Versions versions) {
  std::vector<ir::Cidr> prefixes;
  for (const ir::CidrSpec& net : nets) {
    if (versions.has(net.cidr.version())) prefixes.push_back(net.cidr);
  }
  return ir::AddressSet(std::move(prefixes));
}

// One side of one rule.
class SideLowering {
 public:
  SideLowering(const Cluster& cluster, ir::Ruleset& ruleset, Diagnostics& diagnostics,
               const ir::PolicyRule& rule, const ir::EntityRule& side, Versions versions)
      : cluster_(cluster),
        ruleset_(ruleset),
        diagnostics_(diagnostics),
        rule_(rule),
        side_(side),
        versions_(versions) {}

  ir::SideMatch lower() {
    add_nets();
    add_selectors();
    add_ports();
    if (side_.service) add_service(*side_.service);
    return std::move(match_);
  }

 private:
  void add_nets() {
    if (!side_.nets.empty()) {
      ir::AddressSet nets = addresses_of(side_.nets, versions_);
      if (!covers(nets, versions_)) match_.in.push_back(intern_addresses(ruleset_, std::move(nets), ""));
    }
    if (!side_.not_nets.empty()) {
      match_.not_in.push_back(intern_addresses(ruleset_, addresses_of(side_.not_nets, versions_), ""));
    }
  }

  void add_selectors() {
    // A named port already stands for endpoints within the selector (Calico felix/calc/rule_scanner.go).
    const bool in_named_ports =
        !side_.ports.empty() && std::ranges::all_of(side_.ports, [](const auto& port) {
          return std::holds_alternative<ir::NamedPort>(port.port);
        });
    if (side_.selector) {
      const ir::AddressSetId id = selected(*side_.selector, false);
      if (!in_named_ports) match_.in.push_back(id);
    }
    if (side_.not_selector) match_.not_in.push_back(selected(*side_.not_selector, true));
  }

  ir::AddressSetId selected(const ir::SelectorSpec& spec, bool negated) {
    const std::string& text = cluster_.policies().selectors[spec.selector].canonical();
    const Members& members = cluster_.selectors().members(spec.selector);
    for (const ir::HostEndpoint* host : members.without_addresses) {
      diagnostics_.report(spec.span, endpoint_without_addresses, text, host->name)
          .note(host->span, "the host endpoint is here")
          .help("write its addresses into `expectedIPs`");
    }
    if (members.addresses.empty() && members.without_addresses.empty()) {
      const auto& kind = members.labels_are_known ? selector_matches_nothing : selector_of_unknown_labels;
      diagnostics_.report(spec.span, kind, text, consequence(rule_.action, negated)).help(members.meant);
    }
    return intern_addresses(ruleset_, members.addresses, "selector " + text);
  }

  void add_ports() {
    if (!side_.ports.empty()) match_.ports = ports(side_.ports, false);
    match_.not_ports = ports(side_.not_ports, true);
  }

  ir::PortMatch ports(const std::vector<ir::PortSpec>& specs, bool negated) {
    ir::PortMatch match;
    std::vector<ir::PortRange> ranges;
    for (const ir::PortSpec& spec : specs) {
      std::visit(overloaded{
                     [&](const ir::PortRange& range) { ranges.push_back(range); },
                     [&](const ir::NamedPort& port) { add_named(match.sockets, port, spec.span, negated); },
                 },
                 spec.port);
    }
    match.numbers = ir::PortSet(std::move(ranges));
    return match;
  }

  void add_named(std::vector<ir::SocketSetId>& sockets, const ir::NamedPort& port, SourceSpan span,
                 bool negated) {
    const ir::SocketSet& resolved = cluster_.selectors().sockets(named_port_use(rule_, side_, port));
    if (resolved.members().empty()) {
      diagnostics_.report(span, named_port_without_endpoints, port.name, consequence(rule_.action, negated));
    }
    const ir::SocketSetId id = ruleset_.socket_sets.intern(resolved);
    if (std::ranges::find(sockets, id) == sockets.end()) sockets.push_back(id);
  }

  // As a source its addresses, as a destination its addresses with their ports.
  void add_service(const ir::ServiceSpec& spec) {
    static const ir::ServiceEndpoints kNone;
    const ir::ServiceEndpoints* const found = cluster_.service(spec.namespace_name, spec.name);
    const ir::ServiceEndpoints& service = found == nullptr ? kNone : *found;
    const std::string id = spec.namespace_name + "/" + spec.name;
    if (service.members.empty()) {
      diagnostics_.report(spec.span, service_without_endpoints, id, consequence(rule_.action, false));
    }
    if (&side_ == &rule_.source) {
      std::vector<ir::Cidr> addresses;
      for (const auto& member : service.members) addresses.emplace_back(member.address);
      ir::AddressSet set(std::move(addresses));
      match_.in.push_back(intern_addresses(ruleset_, std::move(set), "service " + id));
    } else {
      restrict_to(service);
    }
  }

  // Ports that stand beside a service restrict its sockets: both must hold.
  void restrict_to(const ir::ServiceEndpoints& service) {
    std::vector<ir::SocketAddress> sockets;
    for (const auto& member : service.members) {
      for (const auto& [protocol, port] : member.ports) {
        const ir::SocketAddress socket{member.address, protocol, port};
        if (!match_.ports || takes(*match_.ports, socket)) sockets.push_back(socket);
      }
    }
    match_.ports = ir::PortMatch{{}, {ruleset_.socket_sets.intern(ir::SocketSet(std::move(sockets)))}};
  }

  bool takes(const ir::PortMatch& ports, const ir::SocketAddress& socket) const {
    return ports.numbers.contains(socket.port) ||
           std::ranges::any_of(ports.sockets, [&](const ir::SocketSetId id) {
             return ruleset_.socket_sets[id].contains(socket);
           });
  }

  const Cluster& cluster_;
  ir::Ruleset& ruleset_;
  Diagnostics& diagnostics_;
  const ir::PolicyRule& rule_;
  const ir::EntityRule& side_;
  const Versions versions_;
  ir::SideMatch match_;
};

std::optional<ir::IcmpMatch> lower_icmp(const std::optional<ir::IcmpSpec>& spec) {
  if (!spec || !spec->type) return std::nullopt;  // without a type it restricts nothing
  return ir::IcmpMatch{*spec->type, spec->code};
}

ir::Action lower_action(const ir::Policy& policy, const ir::PolicyAction& action,
                        const ir::FelixSettings& settings) {
  return std::visit(overloaded{
                        [](ir::Allow) -> ir::Action { return ir::Untrack{}; },
                        [](ir::Deny) -> ir::Action { return ir::Drop{}; },
                        [](ir::Pass) -> ir::Action { return ir::NextBlock{}; },
                        [&](ir::Log) -> ir::Action {
                          return ir::LogPacket{ir::log_prefix(settings, policy), settings.log_limit};
                        },
                    },
                    action);
}

}  // namespace

std::optional<ir::Rule> RuleLowering::lower(const ir::Policy& policy, ir::Direction direction,
                                            std::uint32_t index) {
  const ir::PolicyRule& rule = policy.rules(direction)[index];
  check_rule(rule, settings_.ipv6_support, diagnostics_);
  const Versions versions = versions_of(rule) & Versions{true, settings_.ipv6_support};
  if (versions.none()) return std::nullopt;

  // HTTP is left out, as Felix does: the compile is refused, and other findings show what it would let
  // through.
  ir::Match match;
  match.ip_version = versions.only();
  if (rule.protocol) match.protocol = rule.protocol->protocol;
  if (rule.protocol && rule.not_protocol) {
    if (rule.protocol->protocol == rule.not_protocol->protocol) return std::nullopt;  // matches nothing
  } else if (rule.not_protocol) {
    match.not_protocol = rule.not_protocol->protocol;
  }
  match.icmp = lower_icmp(rule.icmp);
  match.not_icmp = lower_icmp(rule.not_icmp);
  const auto lower_side = [&](const ir::EntityRule& side) {
    return SideLowering(cluster_, ruleset_, diagnostics_, rule, side, versions).lower();
  };
  match.source = lower_side(rule.source);
  match.destination = lower_side(rule.destination);
  return ir::Rule{std::move(match),
                  lower_action(policy, rule.action, settings_),
                  {{policy.id(), direction, index, rule.span}}};
}

}  // namespace untrack::passes
