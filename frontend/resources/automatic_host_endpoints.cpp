#include "frontend/resources/automatic_host_endpoints.h"

#include <algorithm>
#include <unordered_set>

#include "frontend/resources/felix_diagnostics.h"
#include "frontend/resources/node_addresses.h"
#include "support/go_regex.h"

namespace untrack::frontend::resources {

namespace {

std::vector<ir::Address> all_addresses(const NodeFacts& facts) {
  std::vector<ir::Address> addresses = facts.addresses;
  for (const ir::Node::Interface& interface : facts.node.interfaces) {
    for (const ir::Address& address : interface.addresses) add_address(address, addresses);
  }
  return addresses;
}

std::vector<ir::Address> addresses_within(const NodeFacts& facts, const std::vector<ir::Cidr>& nets) {
  std::vector<ir::Address> within;
  for (const ir::Address& address : all_addresses(facts)) {
    const bool inside =
        std::any_of(nets.begin(), nets.end(), [&](const ir::Cidr& net) { return net.contains(address); });
    if (inside) within.push_back(address);
  }
  return within;
}

class Maker {
 public:
  Maker(ir::PolicySet& into, Diagnostics& diagnostics) : into_(into), diagnostics_(diagnostics) {
    for (const ir::HostEndpoint& endpoint : into.host_endpoints) names_.insert(endpoint.name);
  }

  void make(const AutoHostEndpoints& settings, std::span<const NodeFacts> nodes) {
    std::vector<std::optional<GoRegex>> patterns;
    for (const EndpointTemplate& item : settings.templates) patterns.push_back(pattern_of(item));
    for (const NodeFacts& facts : nodes) {
      if (settings.default_endpoint) add(facts, facts.node.name + "-auto-hep", "*", all_addresses(facts), {});
      for (std::size_t i = 0; i < settings.templates.size(); ++i) {
        const EndpointTemplate& item = settings.templates[i];
        if (!selects(item, facts.node)) continue;
        // An interface has a name in its endpoint's: without generateName the controller stops at this
        // template.
        if (!item.interface_pattern.empty() && item.generate_name.empty()) break;
        if (item.interface_pattern.empty()) {
          add_by_address(item, facts);
        } else if (patterns[i]) {
          add_by_pattern(item, *patterns[i], facts);
        }
      }
    }
  }

 private:
  std::optional<GoRegex> pattern_of(const EndpointTemplate& item) {
    if (item.interface_pattern.empty()) return std::nullopt;
    auto pattern = GoRegex::compile(item.interface_pattern);
    if (auto* compiled = std::get_if<GoRegex>(&pattern)) return std::move(*compiled);
    diagnostics_.report(item.pattern_span, regex_beyond_us, item.interface_pattern);
    return std::nullopt;
  }

  bool selects(const EndpointTemplate& item, const ir::Node& node) const {
    if (!item.node_selector) return true;
    return into_.selectors[*item.node_selector].matches(
        [&](std::string_view key) -> std::optional<std::string_view> {
          const auto label = node.labels.find(key);
          return label != node.labels.end() ? std::optional<std::string_view>(label->second) : std::nullopt;
        });
  }

  void add_by_address(const EndpointTemplate& item, const NodeFacts& facts) {
    auto addresses = addresses_within(facts, item.interface_cidrs);
    if (addresses.empty()) return;
    const std::string part = item.generate_name.empty() ? "" : "-" + item.generate_name;
    add(facts, facts.node.name + part + "-auto-hep", "", std::move(addresses), item.labels);
  }

  void add_by_pattern(const EndpointTemplate& item, const GoRegex& pattern, const NodeFacts& facts) {
    for (const ir::Node::Interface& interface : facts.node.interfaces) {
      if (!pattern.is_found_in(interface.name)) continue;
      auto addresses = addresses_within(facts, item.interface_cidrs);
      for (const ir::Address& address : interface.addresses) add_address(address, addresses);
      add(facts, fmt::format("{}-{}-{}-auto-hep", facts.node.name, item.generate_name, interface.name),
          interface.name, std::move(addresses), item.labels);
    }
  }

  void add(const NodeFacts& facts, std::string name, std::string interface_name,
           std::vector<ir::Address> addresses, const ir::Labels& labels) {
    if (!names_.insert(name).second) return;
    ir::HostEndpoint endpoint;
    endpoint.name = std::move(name);
    endpoint.node = facts.node.name;
    endpoint.interface_name = std::move(interface_name);
    endpoint.expected_ips = std::move(addresses);
    endpoint.labels.labels = facts.node.labels;
    for (const auto& [key, value] : labels) endpoint.labels.labels.insert_or_assign(key, value);
    endpoint.labels.labels["projectcalico.org/created-by"] = "calico-kube-controllers";
    endpoint.labels.profiles = {"projectcalico-default-allow"};
    endpoint.span = endpoint.node_span = endpoint.interface_span = facts.node.span;
    into_.host_endpoints.push_back(std::move(endpoint));
  }

  ir::PolicySet& into_;
  Diagnostics& diagnostics_;
  std::unordered_set<std::string> names_;
};

}  // namespace

void add_automatic_host_endpoints(const AutoHostEndpoints& settings, std::span<const NodeFacts> nodes,
                                  ir::PolicySet& into, Diagnostics& diagnostics) {
  if (settings.enabled) Maker(into, diagnostics).make(settings, nodes);
}

}  // namespace untrack::frontend::resources
