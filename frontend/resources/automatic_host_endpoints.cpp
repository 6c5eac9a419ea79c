#include "frontend/resources/automatic_host_endpoints.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "frontend/resources/controller_diagnostics.h"
#include "frontend/resources/felix_diagnostics.h"
#include "frontend/resources/names.h"
#include "frontend/resources/node_addresses.h"
#include "support/digest.h"
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

constexpr std::string_view kSuffix = "-auto-hep";

// hashNameIfTooLong (Calico kube-controllers/pkg/controllers/node/hostendpoints.go).
std::string short_enough(std::string name) {
  if (name.size() <= kMaxNameBytes) return name;
  std::string hashed;
  for (const char c : base64url(as_bytes(sha256(name)))) {
    if (c == '-' || c == '_') continue;
    hashed += c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  }
  return hashed.append(kSuffix);
}

class Maker {
 public:
  Maker(ir::PolicySet& into, Diagnostics& diagnostics) : into_(into), diagnostics_(diagnostics) {
    for (const ir::HostEndpoint& endpoint : into.host_endpoints) written_.insert(endpoint.name);
  }

  void make(const AutoHostEndpoints& settings, std::span<const NodeFacts> nodes) {
    settings_ = settings.span;
    std::vector<std::optional<GoRegex>> patterns;
    for (const EndpointTemplate& item : settings.templates) patterns.push_back(pattern_of(item));
    for (const NodeFacts& facts : nodes) {
      if (settings.default_endpoint) add(facts, facts.node.name, "*", all_addresses(facts), {});
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
    add(facts, facts.node.name + part, "", std::move(addresses), item.labels);
  }

  void add_by_pattern(const EndpointTemplate& item, const GoRegex& pattern, const NodeFacts& facts) {
    for (const ir::Node::Interface& interface : facts.node.interfaces) {
      if (!pattern.is_found_in(interface.name)) continue;
      auto addresses = addresses_within(facts, item.interface_cidrs);
      for (const ir::Address& address : interface.addresses) add_address(address, addresses);
      add(facts, fmt::format("{}-{}-{}", facts.node.name, item.generate_name, interface.name), interface.name,
          std::move(addresses), item.labels);
    }
  }

  void add(const NodeFacts& facts, std::string name, std::string interface_name,
           std::vector<ir::Address> addresses, const ir::Labels& labels) {
    ir::HostEndpoint endpoint;
    endpoint.name = short_enough(name.append(kSuffix));
    if (written_.contains(endpoint.name)) return;  // the controller leaves alone what it has not made
    endpoint.node = facts.node.name;
    endpoint.interface_name = std::move(interface_name);
    endpoint.expected_ips = std::move(addresses);
    endpoint.labels.labels = facts.node.labels;
    for (const auto& [key, value] : labels) endpoint.labels.labels.insert_or_assign(key, value);
    endpoint.labels.labels.insert_or_assign("projectcalico.org/created-by", "calico-kube-controllers");
    endpoint.labels.profiles = {Symbol("projectcalico-default-allow")};
    endpoint.span = endpoint.node_span = endpoint.interface_span = facts.node.span;
    const auto [made, is_new] = made_.try_emplace(endpoint.name, into_.host_endpoints.size());
    if (is_new) {
      into_.host_endpoints.push_back(std::move(endpoint));
    } else {
      diagnostics_.report(settings_, templates_of_one_name, endpoint.name);
      into_.host_endpoints[made->second] = std::move(endpoint);
    }
  }

  ir::PolicySet& into_;
  Diagnostics& diagnostics_;
  SourceSpan settings_;
  std::unordered_set<std::string> written_;
  std::unordered_map<std::string, std::size_t> made_;  // where in into_.host_endpoints
};

}  // namespace

void add_automatic_host_endpoints(const AutoHostEndpoints& settings, std::span<const NodeFacts> nodes,
                                  ir::PolicySet& into, Diagnostics& diagnostics) {
  if (settings.enabled) Maker(into, diagnostics).make(settings, nodes);
}

}  // namespace untrack::frontend::resources
