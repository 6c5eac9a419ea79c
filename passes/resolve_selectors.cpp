#include "passes/resolve_selectors.h"

#include <variant>

#include "passes/label_index.h"

namespace untrack::passes {

NamedPortUse named_port_use(const ir::PolicyRule& rule, const ir::EntityRule& side,
                            const ir::NamedPort& port) {
  NamedPortUse use{std::nullopt, std::nullopt, port.name};
  if (side.selector) use.selector = side.selector->selector;
  if (rule.protocol)
    use.protocol = ir::has_ports(rule.protocol->protocol) ? rule.protocol->protocol : ir::kTcp;
  return use;
}

namespace {

// The objects of the cluster in one row: host endpoints, workload endpoints, network sets.
class Objects {
 public:
  explicit Objects(const ir::PolicySet& policies)
      : policies_(policies), index_(policies, labels_of_all(policies)) {}

  Members members(ir::SelectorId selector) const {
    Members members;
    std::vector<ir::Cidr> prefixes;
    members.labels_are_known = index_.knows_a_label_of(policies_.selectors[selector]);
    const llvm::BitVector matching = index_.matching(policies_.selectors[selector]);
    if (matching.none()) members.meant = index_.what_was_meant(policies_.selectors[selector]);
    for (const unsigned object : matching.set_bits()) {
      if (object < hosts()) {
        const ir::HostEndpoint& host = policies_.host_endpoints[object];
        if (host.expected_ips.empty()) members.without_addresses.push_back(&host);
        add(prefixes, host.expected_ips);
      } else if (object < endpoints()) {
        const ir::WorkloadEndpoint& workload = policies_.workload_endpoints[object - hosts()];
        add(prefixes, workload.addresses);
      } else {
        const ir::NetworkSet& set = policies_.network_sets[object - endpoints()];
        prefixes.insert(prefixes.end(), set.nets.begin(), set.nets.end());
      }
    }
    members.addresses = ir::AddressSet(std::move(prefixes));
    return members;
  }

  // Network sets have no ports.
  ir::SocketSet sockets(const NamedPortUse& use) const {
    std::vector<ir::SocketAddress> sockets;
    const llvm::BitVector matching = use.selector ? index_.matching(policies_.selectors[*use.selector])
                                                  : llvm::BitVector(endpoints(), true);
    for (const unsigned object : matching.set_bits()) {
      if (object < hosts()) {
        const ir::HostEndpoint& host = policies_.host_endpoints[object];
        add(sockets, use, host.expected_ips, host.ports);
      } else if (object < endpoints()) {
        const ir::WorkloadEndpoint& workload = policies_.workload_endpoints[object - hosts()];
        add(sockets, use, workload.addresses, workload.ports);
      }
    }
    return ir::SocketSet(std::move(sockets));
  }

 private:
  std::size_t hosts() const { return policies_.host_endpoints.size(); }
  unsigned endpoints() const { return static_cast<unsigned>(hosts() + policies_.workload_endpoints.size()); }

  static std::vector<const ir::Labelled*> labels_of_all(const ir::PolicySet& policies) {
    std::vector<const ir::Labelled*> all;
    for (const ir::HostEndpoint& each : policies.host_endpoints) all.push_back(&each.labels);
    for (const ir::WorkloadEndpoint& each : policies.workload_endpoints) all.push_back(&each.labels);
    for (const ir::NetworkSet& each : policies.network_sets) all.push_back(&each.labels);
    return all;
  }

  static void add(std::vector<ir::Cidr>& prefixes, const std::vector<ir::Address>& addresses) {
    for (const ir::Address& address : addresses) prefixes.emplace_back(address);
  }

  static void add(std::vector<ir::SocketAddress>& sockets, const NamedPortUse& use,
                  const std::vector<ir::Address>& addresses, const std::vector<ir::EndpointPort>& ports) {
    for (const ir::EndpointPort& port : ports) {
      const bool fits = use.protocol ? port.protocol == *use.protocol : ir::has_ports(port.protocol);
      if (port.name != use.name || !fits) continue;
      for (const ir::Address& address : addresses) sockets.push_back({address, port.protocol, port.port});
    }
  }

  const ir::PolicySet& policies_;
  LabelIndex index_;
};

}  // namespace

ResolvedSelectors::ResolvedSelectors(const ir::PolicySet& policies,
                                     const std::vector<const ir::Policy*>& used) {
  const Objects objects(policies);
  const auto resolve_selector = [&](const std::optional<ir::SelectorSpec>& spec) {
    if (!spec || members_.contains(spec->selector)) return;
    members_.emplace(spec->selector, objects.members(spec->selector));
  };
  const auto resolve_port = [&](const ir::PolicyRule& rule, const ir::EntityRule& side,
                                const ir::PortSpec& port) {
    const auto* named = std::get_if<ir::NamedPort>(&port.port);
    if (named == nullptr) return;
    const NamedPortUse use = named_port_use(rule, side, *named);
    if (!sockets_.contains(use)) sockets_.emplace(use, objects.sockets(use));
  };
  for (const ir::Policy* policy : used) {
    for (const ir::Direction direction : ir::kDirections) {
      for (const ir::PolicyRule& rule : policy->rules(direction)) {
        for (const ir::EntityRule* side : {&rule.source, &rule.destination}) {
          resolve_selector(side->selector);
          resolve_selector(side->not_selector);
          for (const ir::PortSpec& port : side->ports) resolve_port(rule, *side, port);
          for (const ir::PortSpec& port : side->not_ports) resolve_port(rule, *side, port);
        }
      }
    }
  }
}

}  // namespace untrack::passes
