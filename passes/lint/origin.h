// From a rule of a Ruleset back to what was written. Built once for a cluster, used for all of its nodes.
#pragma once
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ir/policy.h"
#include "ir/ruleset.h"
#include "passes/lint/ordinary_policy.h"

namespace untrack::passes::lint {

// A rule of the input: it may stand in several hooks, and twice in one (once for each IP version).
struct WrittenRule {
  std::string policy;
  ir::Direction direction = ir::Direction::Ingress;
  std::uint32_t index = 0;
  friend auto operator<=>(const WrittenRule&, const WrittenRule&) = default;
};
WrittenRule written_rule(const ir::Rule& rule);

class Origins {
 public:
  explicit Origins(const ir::PolicySet& policies);  // keeps a reference

  const ir::PolicySet& policies() const { return policies_; }
  const ir::Policy* policy(const std::string& id) const;  // as Policy::id(); nullptr: there is none
  // nullptr for failsafes, which no policy holds.
  const ir::Policy* policy(const ir::Provenance& provenance) const;
  const ir::PolicyRule* rule(const ir::Provenance& provenance) const;

  const std::vector<const ir::HostEndpoint*>& host_endpoints(std::string_view node) const;  // by name
  const std::vector<const ir::WorkloadEndpoint*>& workloads(std::string_view node) const;
  const ir::Node* node(std::string_view name) const;  // nullptr: no document describes it
  const OrdinaryPolicy& ordinary_policy() const { return ordinary_policy_; }

 private:
  const ir::PolicySet& policies_;
  const OrdinaryPolicy ordinary_policy_;
  std::unordered_map<std::string, const ir::Policy*> by_id_;
  std::unordered_map<std::string_view, std::vector<const ir::HostEndpoint*>> hosts_by_node_;
  std::unordered_map<std::string_view, std::vector<const ir::WorkloadEndpoint*>> workloads_by_node_;
  std::unordered_map<std::string_view, const ir::Node*> nodes_;
};

}  // namespace untrack::passes::lint
