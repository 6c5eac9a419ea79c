#include "passes/govern_interfaces.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "ir/felix.h"
#include "ir/interface_name.h"
#include "passes/diagnostics.h"
#include "support/go_regex.h"
#include "support/nearest.h"

namespace untrack::passes {

namespace {

// Exact names, or regular expressions between slashes that are searched, not anchored (Calico
// felix/config/config_params.go, InterfaceExclude). Of the expressions the front end has let in only such as
// compile.
bool excludes(std::string_view each, std::string_view interface_name) {
  const bool is_pattern = each.size() > 2 && each.starts_with('/') && each.ends_with('/');
  if (!is_pattern) return each == interface_name;
  const auto pattern = GoRegex::compile(each.substr(1, each.size() - 2));
  const auto* compiled = std::get_if<GoRegex>(&pattern);
  return compiled && compiled->is_found_in(interface_name);
}

bool is_excluded(const ir::FelixSettings& settings, std::string_view interface_name) {
  return std::any_of(settings.interface_exclude.begin(), settings.interface_exclude.end(),
                     [&](std::string_view each) { return excludes(each, interface_name); });
}

bool is_workload(const ir::FelixSettings& settings, std::string_view interface_name) {
  return std::any_of(settings.interface_prefix.begin(), settings.interface_prefix.end(),
                     [&](std::string_view prefix) { return interface_name.starts_with(prefix); });
}

class Governing {
 public:
  Governing(const Cluster& cluster, std::string_view node, const LowerOptions& options,
            Diagnostics& diagnostics)
      : cluster_(cluster),
        node_(node),
        options_(options),
        diagnostics_(diagnostics),
        hosts_(cluster.host_endpoints(node)),
        settings_(ir::felix_settings(cluster.policies(), node)),
        any_untracked_(std::any_of(hosts_.begin(), hosts_.end(), [&](const auto* host) {
          return !cluster.untracked_policies(*host).empty();
        })) {}

  std::vector<GovernedInterface> run() {
    report_unknown_node();
    for (const ir::HostEndpoint* host : hosts_) find_interfaces(*host);

    std::vector<GovernedInterface> governed;
    for (const auto& [interface_name, candidates] : candidates_) {
      const ir::HostEndpoint& winner = *candidates.front();
      governed.push_back({interface_name, &winner});
      for (std::size_t i = 1; i < candidates.size(); ++i) {
        diagnostics_
            .report(candidates[i]->span, inactive_endpoint, candidates[i]->name, interface_name, winner.name)
            .note(winner.span, "the active one is here");
      }
    }
    return governed;
  }

 private:
  void report_unknown_node() {
    const std::vector<ir::Node>& known = cluster_.policies().nodes;
    if (known.empty() || cluster_.node(node_) != nullptr) return;
    std::vector<std::string_view> names;
    for (const ir::Node& node : known) names.push_back(node.name);
    const std::optional<std::size_t> meant = nearest(node_, names);
    for (const ir::HostEndpoint* host : hosts_) {
      Diagnostic& found = diagnostics_.report(host->node_span, unknown_node, host->name, node_);
      if (meant) found.help("did you mean `" + known[*meant].name + "`?");
    }
  }

  void find_interfaces(const ir::HostEndpoint& host) {
    if (host.all_interfaces()) {
      if (cluster_.untracked_policies(host).empty()) return;
      const auto& kind = settings_.bpf_enabled ? all_interfaces_in_ebpf : all_interfaces_endpoint;
      diagnostics_.report(host.interface_span, kind, host.name)
          .help("name the interface, with one host endpoint for each");
      return;
    }
    if (!host.interface_name.empty()) return add_candidate(host, host.interface_name, host.interface_span);

    const std::set<std::string> found = interfaces_by_address(host);
    for (const std::string& interface_name : found) add_candidate(host, interface_name, host.span);
    // Even without untracked policy of its own it could win an interface over an endpoint that has some.
    if (!found.empty() || !any_untracked_) return;
    diagnostics_.report(host.span, unknown_interface, host.name, node_)
        .help("set `interfaceName`, give the Node document with its interfaces, or say --interface " +
              std::string(node_) + ":ADDRESS=NAME");
  }

  std::set<std::string> interfaces_by_address(const ir::HostEndpoint& host) const {
    std::set<std::string> found;
    const auto is_expected = [&](const ir::Address& address) {
      return std::find(host.expected_ips.begin(), host.expected_ips.end(), address) !=
             host.expected_ips.end();
    };
    if (const ir::Node* node = cluster_.node(node_)) {
      for (const ir::Node::Interface& each : node->interfaces) {
        if (std::any_of(each.addresses.begin(), each.addresses.end(), is_expected)) found.insert(each.name);
      }
    }
    for (const ir::Address& address : host.expected_ips) {
      const auto told = options_.interfaces.find({std::string(node_), address});
      if (told != options_.interfaces.end()) found.insert(told->second);
    }
    return found;
  }

  void add_candidate(const ir::HostEndpoint& host, const std::string& interface_name, SourceSpan span) {
    if (is_workload(settings_, interface_name)) {
      diagnostics_.report(span, workload_interface, host.name, interface_name);
    } else if (is_excluded(settings_, interface_name)) {
      diagnostics_.report(span, excluded_interface, host.name, interface_name);
    } else if (!ir::is_interface_name(interface_name)) {
      if (any_untracked_) diagnostics_.report(span, interface_beyond_us, node_, interface_name, host.name);
    } else {
      candidates_[interface_name].push_back(&host);
    }
  }

  const Cluster& cluster_;
  std::string_view node_;
  const LowerOptions& options_;
  Diagnostics& diagnostics_;
  const std::vector<const ir::HostEndpoint*>& hosts_;  // by name
  const ir::FelixSettings settings_;
  const bool any_untracked_;
  // Each list by name of the endpoint: the first one wins.
  std::map<std::string, std::vector<const ir::HostEndpoint*>> candidates_;
};

}  // namespace

std::vector<GovernedInterface> govern_interfaces(const Cluster& cluster, std::string_view node,
                                                 const LowerOptions& options, Diagnostics& diagnostics) {
  return Governing(cluster, node, options, diagnostics).run();
}

std::vector<GovernedInterface> govern_interfaces(const ir::PolicySet& policies, std::string_view node,
                                                 const LowerOptions& options, Diagnostics& diagnostics) {
  return govern_interfaces(Cluster(policies), node, options, diagnostics);
}

}  // namespace untrack::passes
