#include "passes/lint/origin.h"

#include <algorithm>

namespace untrack::passes::lint {

Origins::Origins(const ir::PolicySet& policies) : policies_(policies) {
  for (const ir::Policy& policy : policies.policies) by_id_.emplace(policy.id(), &policy);
  for (const ir::HostEndpoint& host : policies.host_endpoints) hosts_by_node_[host.node].push_back(&host);
  for (auto& [node, hosts] : hosts_by_node_)
    std::ranges::stable_sort(hosts, {}, [](const ir::HostEndpoint* host) { return host->name; });
  for (const ir::Node& node : policies.nodes) nodes_.emplace(node.name, &node);
}

const ir::Policy* Origins::policy(const ir::Provenance& provenance) const {
  const auto found = by_id_.find(provenance.policy);
  return found == by_id_.end() ? nullptr : found->second;
}

const ir::PolicyRule* Origins::rule(const ir::Provenance& provenance) const {
  const ir::Policy* holder = policy(provenance);
  if (!holder) return nullptr;
  const auto& rules = holder->rules(provenance.direction);
  return provenance.index < rules.size() ? &rules[provenance.index] : nullptr;
}

const std::vector<const ir::HostEndpoint*>& Origins::host_endpoints(std::string_view node) const {
  static const std::vector<const ir::HostEndpoint*> kNone;
  const auto found = hosts_by_node_.find(node);
  return found == hosts_by_node_.end() ? kNone : found->second;
}

const ir::Node* Origins::node(std::string_view name) const {
  const auto found = nodes_.find(name);
  return found == nodes_.end() ? nullptr : found->second;
}

}  // namespace untrack::passes::lint
