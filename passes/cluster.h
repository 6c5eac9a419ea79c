// The whole cluster, prepared once for the lowering of its nodes: host endpoints by node, the policies in
// their order, the selectors resolved. It changes no more once it is made, so nodes can be lowered at the
// same time.
#pragma once
#include <cstdint>
#include <map>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "ir/policy.h"
#include "passes/order_policies.h"
#include "passes/resolve_selectors.h"

namespace untrack::passes {

class LabelIndex;

class Cluster {
 public:
  explicit Cluster(const ir::PolicySet& policies);  // keeps the reference

  const ir::PolicySet& policies() const { return policies_; }
  const ResolvedSelectors& selectors() const { return selectors_; }

  // By name, as bytes. Nodes are named exactly: there is no other form of a name.
  const std::vector<const ir::HostEndpoint*>& host_endpoints(std::string_view node) const;
  const ir::Node* node(std::string_view name) const;  // nullptr: no document describes it
  // nullptr: no slice of the service is in the input.
  const ir::ServiceEndpoints* service(std::string_view namespace_name, std::string_view name) const;
  // Of all endpoints together, in order.
  const std::vector<OrderedTier>& untracked_policies() const { return tiers_; }
  // As untracked_policies(policies, endpoint.labels), without looking at each selector.
  std::vector<OrderedTier> untracked_policies(const ir::HostEndpoint& endpoint) const;
  bool reaches_an_endpoint(const ir::Policy& untracked) const { return reaching_.contains(&untracked); }
  // What the selector of a policy that reaches none may mean: LabelIndex::what_was_meant.
  const std::string& meant(const ir::Policy& unreaching) const {
    return meant_.at(unreaching.selector.selector);
  }

 private:
  void find_applying(const LabelIndex& hosts);

  const ir::PolicySet& policies_;
  std::vector<OrderedTier> tiers_;
  ResolvedSelectors selectors_;
  std::map<std::string_view, std::vector<const ir::HostEndpoint*>> hosts_by_node_;
  std::map<std::string_view, const ir::Node*> nodes_;
  std::map<std::pair<std::string_view, std::string_view>, const ir::ServiceEndpoints*> services_;
  // For each host endpoint, by place in the policy set: what applies to it, as places in tiers_.
  struct Place {
    std::uint32_t tier, policy;
  };
  std::vector<std::vector<Place>> applying_;
  std::unordered_set<const ir::Policy*> reaching_;  // policies that apply to some host endpoint
  std::map<ir::SelectorId, std::string> meant_;     // of the other ones
};

}  // namespace untrack::passes
