#include "passes/lint/check_translated.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "ir/meaning.h"
#include "passes/lint/client_packets.h"
#include "passes/lint/stateless_diagnostics.h"
#include "passes/lint/workload_addresses.h"

namespace untrack::passes::lint {

using ir::PacketSet;
using ir::PacketSpace;

// Kubernetes' default service-node-port-range (kube-apiserver, --service-node-port-range).
static constexpr ir::PortRange kNodePorts{30000, 32767};

// ---- what is translated

static ir::SocketSet service_sockets(const ir::PolicySet& policies) {
  std::vector<ir::SocketAddress> sockets;
  for (const ir::Service& service : policies.translated_services) {
    for (const ir::Address& address : service.addresses) {
      for (const ir::Service::Port& port : service.ports)
        sockets.push_back({address, port.protocol, port.port});
    }
  }
  return ir::SocketSet(std::move(sockets));
}

using ProtocolPorts = std::vector<std::pair<ir::Protocol, ir::Port>>;

static ProtocolPorts node_ports(const ir::PolicySet& policies) {
  ProtocolPorts ports;
  for (const ir::Service& service : policies.translated_services) {
    for (const ir::Service::Port& port : service.ports) {
      if (port.node_port != 0) ports.emplace_back(port.protocol, port.node_port);
    }
  }
  return ports;
}

static ProtocolPorts host_ports(const Subject& subject) {
  ProtocolPorts ports;
  for (const ir::WorkloadEndpoint* workload : subject.origins().workloads(subject.ruleset().node)) {
    for (const ir::HostPort& port : workload->host_ports) ports.emplace_back(port.protocol, port.port);
  }
  return ports;
}

// To one of these ports of the host, at whatever address that is not a workload's.
static PacketSet to_ports(const Subject& subject, const ProtocolPorts& all) {
  PacketSpace& space = subject.space();
  PacketSet packets = space.nothing();
  for (const ir::Protocol protocol : {ir::kTcp, ir::kUdp, ir::kSctp}) {
    std::vector<ir::PortRange> ports;
    for (const auto& [of, port] : all) {
      if (of == protocol) ports.push_back({port, port});
    }
    const PacketSet numbers = space.ports(ir::End::Local, ir::PortSet(std::move(ports)));
    packets = space.unite(packets, space.intersect(space.protocol(protocol), numbers));
  }
  return space.subtract(packets, space.address(ir::End::Local, workloads_of_node(subject)));
}

// ---- by whom

// What serves a packet, or is not served because of it.
static const ir::Service* service_of(const ir::PolicySet& policies, const ir::Packet& packet,
                                     bool by_node_port) {
  const auto serves = [&](const ir::Service& service) {
    const bool by_address =
        std::ranges::find(service.addresses, packet.destination) != service.addresses.end();
    return std::ranges::any_of(service.ports, [&](const ir::Service::Port& port) {
      const bool fits = by_node_port ? port.node_port == packet.destination_port
                                     : by_address && port.port == packet.destination_port;
      return port.protocol == packet.protocol && fits;
    });
  };
  const auto found = std::ranges::find_if(policies.translated_services, serves);
  return found == policies.translated_services.end() ? nullptr : &*found;
}

static const ir::WorkloadEndpoint* workload_of(const Subject& subject, const ir::Packet& packet) {
  for (const ir::WorkloadEndpoint* workload : subject.origins().workloads(subject.ruleset().node)) {
    for (const ir::HostPort& port : workload->host_ports) {
      if (port.protocol == packet.protocol && port.port == packet.destination_port) return workload;
    }
  }
  return nullptr;
}

// ---- findings

static Diagnostic& finish(const Subject& subject, const HookView& view, Diagnostic& finding,
                          const ir::Packet& shown, SourceSpan served, std::string_view what) {
  finding.witness(fmt::format("{} is untracked, and not translated", to_string(shown)));
  finding.note(served, fmt::format("the {} is here", what));
  subject.note_endpoint(view.hook, finding);
  return finding;
}

template <class Kind>
static void check_services(const Subject& subject, const HookView& view, PacketSet packets, bool by_node_port,
                           const Kind& kind, Diagnostics& diagnostics) {
  subject.for_each_decider(view, packets, [&](ir::RuleRef ref, const ir::Packet& shown) {
    const ir::Provenance& origin = view.rule(ref).provenance.front();
    const ir::Service* service = service_of(subject.origins().policies(), shown, by_node_port);
    if (!service || !subject.origins().rule(origin)) return;
    const std::string name = service->namespace_name + "/" + service->name;
    finish(subject, view, diagnostics.report(origin.span, kind, name), shown, service->span, "service")
        .help("leave the addresses and ports of services to ordinary policy");
  });
}

static void check_host_ports(const Subject& subject, const HookView& view, PacketSet packets,
                             Diagnostics& diagnostics) {
  subject.for_each_decider(view, packets, [&](ir::RuleRef ref, const ir::Packet& shown) {
    const ir::Provenance& origin = view.rule(ref).provenance.front();
    const ir::WorkloadEndpoint* workload = workload_of(subject, shown);
    if (!workload || !subject.origins().rule(origin)) return;
    finish(subject, view, diagnostics.report(origin.span, host_port_untracked, workload->name), shown,
           workload->span, "workload")
        .help("leave host ports to ordinary policy, or let the workload use the network of the host");
  });
}

// Node ports that no service is known to have count where the rule names such ports: a rule for every port is
// another finding.
static PacketSet to_named_node_ports(const Subject& subject, const HookView& view) {
  PacketSpace& space = subject.space();
  PacketSet all = space.nothing();
  const PacketSet in_range = space.ports(ir::End::Local, ir::PortSet({kNodePorts}));
  for (const ir::Block& block : view.hook.blocks) {
    for (const ir::Rule& rule : block.rules) {
      if (!rule.match.destination.ports || !std::holds_alternative<ir::Untrack>(rule.action)) continue;
      all = space.unite(all, space.intersect(in_range, subject.packets(rule, view.hook.direction)));
    }
  }
  return all;
}

// They are served by nodes that have workloads.
static void check_node_port_range(const Subject& subject, const HookView& view, PacketSet requests,
                                  Diagnostics& diagnostics) {
  PacketSpace& space = subject.space();
  const ir::AddressSet workloads = workloads_of_node(subject);
  if (workloads.empty()) return;
  PacketSet packets = space.intersect(requests, to_named_node_ports(subject, view));
  packets = space.subtract(packets, space.address(ir::End::Local, workloads));
  subject.for_each_decider(view, packets, [&](ir::RuleRef ref, const ir::Packet& shown) {
    const ir::Provenance& origin = view.rule(ref).provenance.front();
    if (!subject.origins().rule(origin)) return;
    Diagnostic& finding = diagnostics.report(origin.span, node_ports_untracked);
    finding.witness(fmt::format("{} is untracked and meets no service", to_string(shown)));
    subject.note_endpoint(view.hook, finding);
    finding.help("leave node ports to ordinary policy");
  });
}

void check_translated(const Subject& subject, Diagnostics& diagnostics) {
  PacketSpace& space = subject.space();
  const ir::PolicySet& policies = subject.origins().policies();
  if (policies.translated_services.empty() && subject.origins().workloads(subject.ruleset().node).empty())
    return;
  const ir::SocketSet services = service_sockets(policies);
  for (const HookView& view : subject.hooks()) {
    const ir::Direction direction = view.hook.direction;
    const PacketSet requests =
        space.intersect(view.packets(ir::Verdict::Untrack), client_packets(space, direction));
    const PacketSet to_services =
        space.intersect(requests, space.sockets(destination_end(direction), services));
    if (direction == ir::Direction::Egress) {
      check_services(subject, view, to_services, false, client_of_service_untracked, diagnostics);
      continue;
    }
    const PacketSet to_node_ports = space.intersect(requests, to_ports(subject, node_ports(policies)));
    const PacketSet to_host_ports = space.intersect(requests, to_ports(subject, host_ports(subject)));
    check_services(subject, view, to_services, false, service_untracked, diagnostics);
    check_services(subject, view, to_node_ports, true, service_untracked, diagnostics);
    check_host_ports(subject, view, to_host_ports, diagnostics);
    check_node_port_range(subject, view, space.subtract(requests, space.unite(to_node_ports, to_host_ports)),
                          diagnostics);
  }
}

}  // namespace untrack::passes::lint
