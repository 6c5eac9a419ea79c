#include "passes/cluster.h"

#include <algorithm>
#include <cassert>

#include "passes/label_index.h"

namespace untrack::passes {

static std::vector<const ir::Policy*> policies_of(const std::vector<OrderedTier>& tiers) {
  std::vector<const ir::Policy*> all;
  for (const OrderedTier& tier : tiers) all.insert(all.end(), tier.policies.begin(), tier.policies.end());
  return all;
}

Cluster::Cluster(const ir::PolicySet& policies)
    : policies_(policies),
      tiers_(passes::untracked_policies(policies)),
      selectors_(policies, policies_of(tiers_)) {
  std::vector<const ir::Labelled*> labels;
  for (const ir::HostEndpoint& host : policies.host_endpoints) {
    hosts_by_node_[host.node].push_back(&host);
    labels.push_back(&host.labels);
  }
  for (auto& [node, hosts] : hosts_by_node_) {
    std::stable_sort(hosts.begin(), hosts.end(),
                     [](const auto* a, const auto* b) { return a->name < b->name; });
  }
  for (const ir::Node& node : policies.nodes) nodes_.emplace(node.name, &node);
  for (const ir::ServiceEndpoints& service : policies.services) {
    services_.emplace(std::pair<std::string_view, std::string_view>(service.namespace_name, service.name),
                      &service);
  }
  find_applying(LabelIndex(policies, labels));
}

void Cluster::find_applying(const LabelIndex& hosts) {
  applying_.resize(policies_.host_endpoints.size());
  std::map<ir::SelectorId, llvm::BitVector> matching;
  for (std::uint32_t tier = 0; tier < tiers_.size(); ++tier) {
    const std::vector<const ir::Policy*>& members = tiers_[tier].policies;
    for (std::uint32_t policy = 0; policy < members.size(); ++policy) {
      const ir::SelectorId selector = members[policy]->selector.selector;
      auto found = matching.find(selector);
      if (found == matching.end()) {
        found = matching.emplace(selector, hosts.matching(policies_.selectors[selector])).first;
      }
      for (const unsigned host : found->second.set_bits()) applying_[host].push_back({tier, policy});
      if (found->second.any()) {
        reaching_.insert(members[policy]);
      } else if (!meant_.contains(selector)) {
        meant_.emplace(selector, hosts.what_was_meant(policies_.selectors[selector]));
      }
    }
  }
}

const std::vector<const ir::HostEndpoint*>& Cluster::host_endpoints(std::string_view node) const {
  static const std::vector<const ir::HostEndpoint*> kNone;
  const auto found = hosts_by_node_.find(node);
  return found == hosts_by_node_.end() ? kNone : found->second;
}

const ir::Node* Cluster::node(std::string_view name) const {
  const auto found = nodes_.find(name);
  return found == nodes_.end() ? nullptr : found->second;
}

const ir::ServiceEndpoints* Cluster::service(std::string_view namespace_name, std::string_view name) const {
  const auto found = services_.find({namespace_name, name});
  return found == services_.end() ? nullptr : found->second;
}

std::vector<OrderedTier> Cluster::untracked_policies(const ir::HostEndpoint& endpoint) const {
  const ir::HostEndpoint* const first = policies_.host_endpoints.data();
  assert(&endpoint >= first && &endpoint < first + policies_.host_endpoints.size() &&
         "an endpoint of this cluster");
  std::vector<OrderedTier> tiers;
  std::uint32_t last_tier = 0;
  for (const Place place : applying_[static_cast<std::size_t>(&endpoint - first)]) {
    const OrderedTier& tier = tiers_[place.tier];
    if (tiers.empty() || place.tier != last_tier) tiers.push_back({tier.name, tier.tier, {}});
    tiers.back().policies.push_back(tier.policies[place.policy]);
    last_tier = place.tier;
  }
  return tiers;
}

}  // namespace untrack::passes
