// Ordinary policy of host endpoints, as far as it can be compared with untracked policy: its rules in their
// order, lowered in the same way. What it leaves out: profiles, the default action of tiers, connection
// tracking.
#pragma once
#include <memory>
#include <string_view>

#include "ir/policy.h"
#include "ir/ruleset.h"

namespace untrack::passes {
class Cluster;
}

namespace untrack::passes::lint {

class OrdinaryPolicy {
 public:
  explicit OrdinaryPolicy(const ir::PolicySet& policies);  // copies what it needs
  ~OrdinaryPolicy();

  // Allow is Untrack there, and no match is Track: the words of a Ruleset, not their effect. Provenance as
  // ever. Without hooks where no ordinary policy selects a host endpoint of the node.
  ir::Ruleset lower(std::string_view node) const;

 private:
  std::unique_ptr<const ir::PolicySet> policies_;
  std::unique_ptr<const Cluster> cluster_;  // nullptr: there is no such policy
};

}  // namespace untrack::passes::lint
