#include "passes/lint/origin.h"

#include <algorithm>

namespace untrack::passes::lint {

WrittenRule written_rule(const ir::Rule& rule) {
  const ir::Provenance& origin = rule.provenance.front();
  return {origin.policy, origin.direction, origin.index};
}

Origins::Origins(const ir::PolicySet& policies) : policies_(policies), ordinary_policy_(policies) {
  for (const ir::Policy& policy : policies.policies) by_id_.emplace(policy.id(), &policy);
  for (const ir::HostEndpoint& host : policies.host_endpoints) hosts_by_node_[host.node].push_back(&host);
  for (auto& [node, hosts] : hosts_by_node_)
    std::ranges::stable_sort(hosts, {}, [](const ir::HostEndpoint* host) { return host->name; });
  for (const ir::WorkloadEndpoint& workload : policies.workload_endpoints)
    workloads_by_node_[workload.node].push_back(&workload);
  for (const ir::Node& node : policies.nodes) nodes_.emplace(node.name, &node);
}

const ir::Policy* Origins::policy(const std::string& id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

const ir::Policy* Origins::policy(const ir::Provenance& provenance) const {
  return policy(provenance.policy);
}

const ir::PolicyRule* Origins::rule(const ir::Provenance& provenance) const {
  const ir::Policy* holder = policy(provenance);
  if (!holder) return nullptr;
  const auto& rules = holder->rules(provenance.direction);
  return provenance.index < rules.size() ? &rules[provenance.index] : nullptr;
}

template <class Endpoint>
using ByNode = std::unordered_map<std::string_view, std::vector<const Endpoint*>>;

template <class Endpoint>
static const std::vector<const Endpoint*>& on_node(const ByNode<Endpoint>& by_node, std::string_view node) {
  static const std::vector<const Endpoint*> kNone;
  const auto found = by_node.find(node);
  return found == by_node.end() ? kNone : found->second;
}

const std::vector<const ir::HostEndpoint*>& Origins::host_endpoints(std::string_view node) const {
  return on_node(hosts_by_node_, node);
}

const std::vector<const ir::WorkloadEndpoint*>& Origins::workloads(std::string_view node) const {
  return on_node(workloads_by_node_, node);
}

const ir::Node* Origins::node(std::string_view name) const {
  const auto found = nodes_.find(name);
  return found == nodes_.end() ? nullptr : found->second;
}

}  // namespace untrack::passes::lint
