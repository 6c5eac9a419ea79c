#include "passes/lint/check_forwarded.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ir/meaning.h"
#include "passes/lint/client_packets.h"
#include "passes/lint/mirror_rule.h"
#include "passes/lint/redundancy_diagnostics.h"
#include "passes/lint/stateless_diagnostics.h"
#include "passes/lint/workload_addresses.h"

namespace untrack::passes::lint {

using ir::PacketSet;
using ir::PacketSpace;

static ir::SocketSet workload_sockets(const Subject& subject) {
  std::vector<ir::SocketAddress> sockets;
  for (const ir::WorkloadEndpoint* workload : subject.origins().workloads(subject.ruleset().node)) {
    for (const ir::Address& address : workload->addresses) {
      if (is_of_host(subject, address)) continue;
      for (const ir::EndpointPort& port : workload->ports)
        sockets.push_back({address, port.protocol, port.port});
    }
  }
  return ir::SocketSet(std::move(sockets));
}

// The rule with the host's own addresses as destination, once for each IP version that it has.
static std::string help(const Subject& subject, const HookView& view, const ir::PolicyRule& written) {
  const ir::HostEndpoint* endpoint = subject.endpoint(view.hook);
  std::string text = "say which addresses the service has: those of the host, not of its workloads";
  if (!endpoint || endpoint->expected_ips.empty() || !written.destination.nets.empty()) return text;
  text += ":";
  for (const ir::IpVersion version : ir::kIpVersions) {
    ir::PolicyRule narrower = written;
    for (const ir::Address& address : endpoint->expected_ips) {
      if (address.version() == version) narrower.destination.nets.push_back({ir::Cidr(address), {}});
    }
    if (!narrower.destination.nets.empty()) text += "\n" + to_yaml(subject.origins().policies(), narrower);
  }
  return text;
}

template <class Kind>
static void report(const Subject& subject, const HookView& view, PacketSet packets, const Kind& kind,
                   std::string_view fate, Diagnostics& diagnostics) {
  subject.for_each_decider(view, packets, [&](ir::RuleRef ref, const ir::Packet& shown) {
    const ir::Provenance& origin = view.rule(ref).provenance.front();
    const ir::PolicyRule* written = subject.origins().rule(origin);
    if (!written) return;
    Diagnostic& finding = diagnostics.report(origin.span, kind);
    finding.witness(fmt::format("{} is untracked {}", to_string(shown), fate));
    subject.note_endpoint(view.hook, finding);
    finding.help(help(subject, view, *written));
  });
}

static void check(const Subject& subject, const HookView& view, Diagnostics& diagnostics) {
  PacketSpace& space = subject.space();
  const ir::AddressSet addresses = workloads_of_node(subject);
  if (addresses.empty()) return;
  const PacketSet untracked = view.packets(ir::Verdict::Untrack);
  const PacketSet requests = space.intersect(untracked, client_packets(space, view.hook.direction));
  const PacketSet served =
      space.intersect(requests, space.sockets(ir::End::Local, workload_sockets(subject)));
  report(subject, view, served, workload_service_untracked, "on its way to a workload", diagnostics);
  if (space.empty(served)) {
    const PacketSet forwarded = space.intersect(untracked, space.address(ir::End::Local, addresses));
    report(subject, view, forwarded, workload_traffic_untracked, "on its way to a workload", diagnostics);
  }
}

static void check_egress(const Subject& subject, const HookView& view, Diagnostics& diagnostics) {
  PacketSpace& space = subject.space();
  const ir::AddressSet workloads = workloads_of_cluster(subject);
  if (workloads.empty()) return;
  const PacketSet theirs = space.address(ir::End::Local, workloads);
  for (const ir::Block& block : view.hook.blocks) {
    for (const ir::Rule& rule : block.rules) {
      const ir::Provenance& origin = rule.provenance.front();
      if (rule.match.source.in.empty() || !subject.origins().rule(origin)) continue;
      const PacketSet matched = subject.packets(rule, view.hook.direction);
      if (space.empty(matched) || !space.empty(space.subtract(matched, theirs))) continue;
      Diagnostic& finding = diagnostics.report(origin.span, egress_rule_for_workloads);
      subject.note_endpoint(view.hook, finding);
      finding.help(
          "policy that selects the workloads themselves decides what they send; it is always tracked");
    }
  }
}

void check_forwarded(const Subject& subject, Diagnostics& diagnostics) {
  for (const HookView& view : subject.hooks()) {
    if (view.hook.direction == ir::Direction::Ingress)
      check(subject, view, diagnostics);
    else
      check_egress(subject, view, diagnostics);
  }
}

}  // namespace untrack::passes::lint
