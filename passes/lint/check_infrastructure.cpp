#include "passes/lint/check_infrastructure.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ir/meaning.h"
#include "passes/lint/exposure_diagnostics.h"

namespace untrack::passes::lint {

using ir::PacketSet;
using ir::PacketSpace;

static bool has_ipv6(const Subject& subject, const HookView& view) {
  const auto is_ipv6 = [](const ir::Address& address) { return address.version() == ir::IpVersion::V6; };
  const ir::HostEndpoint* endpoint = subject.endpoint(view.hook);
  if (endpoint && std::ranges::any_of(endpoint->expected_ips, is_ipv6)) return true;
  const ir::Node* node = subject.origins().node(subject.ruleset().node);
  return node && std::ranges::any_of(node->interfaces, [&](const ir::Node::Interface& interface) {
           return interface.name == view.hook.interface_name &&
                  std::ranges::any_of(interface.addresses, is_ipv6);
         });
}

// Solicitations and advertisements of neighbours: from link-local addresses, to such or to groups of the link
// (RFC 4861 sections 4.3 and 4.4; neighbours may use other addresses, too, and need these all the same).
static PacketSet neighbour_discovery(PacketSpace& space, ir::Direction direction) {
  const ir::Cidr link_local = *ir::Cidr::parse("fe80::/10"), groups = *ir::Cidr::parse("ff02::/16");
  const PacketSet messages = space.intersect(space.icmp(135, 136, 0, 0), space.version(ir::IpVersion::V6));
  const PacketSet on_link =
      space.intersect(space.address(source_end(direction), ir::AddressSet({link_local})),
                      space.address(destination_end(direction), ir::AddressSet({link_local, groups})));
  return space.intersect(messages, on_link);
}

static void check_neighbours(const Subject& subject, const HookView& view, PacketSet dropped,
                             Diagnostics& diagnostics) {
  if (!has_ipv6(subject, view)) return;
  PacketSpace& space = subject.space();
  const PacketSet lost = space.intersect(dropped, neighbour_discovery(space, view.hook.direction));
  subject.for_each_decider(view, lost, [&](ir::RuleRef ref, const ir::Packet& shown) {
    Diagnostic& finding = diagnostics.report(view.rule(ref).provenance.front().span, neighbours_denied);
    finding.witness(fmt::format("{} is dropped", to_string(shown)));
    subject.note_endpoint(view.hook, finding);
    finding.help(
        fmt::format("before it, allow ICMPv6, or its types 133 to 136 at least, in the {} rules:\n- action: "
                    "Allow\n  protocol: ICMPv6",
                    to_string(view.hook.direction)));
  });
}

// ---- tunnels

namespace {

// What carries packets of workloads from node to node (Calico felix/config/config_params.go: VXLANPort,
// WireguardListeningPort; IP in IP is protocol 4).
struct Tunnel {
  std::string_view name;
  ir::Protocol protocol;
  ir::Port port;  // 0: the protocol has none
};
constexpr Tunnel kTunnels[] = {
    {"VXLAN", ir::kUdp, 4789}, {"IP in IP", ir::Protocol{4}, 0}, {"WireGuard", ir::kUdp, 51820}};

}  // namespace

static ir::AddressSet addresses_of_other_nodes(const Subject& subject) {
  const ir::PolicySet& policies = subject.origins().policies();
  const std::string& own = subject.ruleset().node;
  std::vector<ir::Cidr> addresses;
  for (const ir::HostEndpoint& endpoint : policies.host_endpoints) {
    if (endpoint.node == own) continue;
    for (const ir::Address& address : endpoint.expected_ips) addresses.emplace_back(address);
  }
  return ir::AddressSet(std::move(addresses));
}

static PacketSet carried_by(PacketSpace& space, const Tunnel& tunnel, ir::Direction direction) {
  const PacketSet all = space.protocol(tunnel.protocol);
  if (tunnel.port == 0) return all;
  const ir::PortSet port({{tunnel.port, tunnel.port}});
  return space.intersect(all, space.ports(destination_end(direction), port));
}

static void check_tunnels(const Subject& subject, const HookView& view, PacketSet dropped,
                          Diagnostics& diagnostics) {
  PacketSpace& space = subject.space();
  const ir::Direction direction = view.hook.direction;
  dropped = space.intersect(dropped, space.address(ir::End::Remote, addresses_of_other_nodes(subject)));
  PacketSet lost = space.nothing();
  for (const Tunnel& tunnel : kTunnels)
    lost = space.unite(lost, space.intersect(dropped, carried_by(space, tunnel, direction)));
  subject.for_each_decider(view, lost, [&](ir::RuleRef ref, const ir::Packet& shown) {
    const ir::Rule& rule = view.rule(ref);
    const PacketSet of_rule = space.intersect(lost, subject.packets(rule, direction));
    std::vector<std::string_view> names;
    for (const Tunnel& tunnel : kTunnels) {
      if (!space.empty(space.intersect(of_rule, carried_by(space, tunnel, direction))))
        names.push_back(tunnel.name);
    }
    Diagnostic& finding = diagnostics.report(rule.provenance.front().span, tunnel_denied,
                                             fmt::format("{}", fmt::join(names, ", ")));
    finding.witness(fmt::format("{} is dropped", to_string(shown)));
    subject.note_endpoint(view.hook, finding);
    finding.help("if the cluster has such tunnels, pass them on before this rule");
  });
}

void check_infrastructure(const Subject& subject, Diagnostics& diagnostics) {
  for (const HookView& view : subject.hooks()) {
    const PacketSet dropped = view.packets(ir::Verdict::Drop);
    if (subject.space().empty(dropped)) continue;
    check_neighbours(subject, view, dropped, diagnostics);
    check_tunnels(subject, view, dropped, diagnostics);
  }
}

}  // namespace untrack::passes::lint
