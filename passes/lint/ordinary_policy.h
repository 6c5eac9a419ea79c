// Ordinary policy of host endpoints, as far as it can be compared with untracked policy: its rules in their
// order, lowered in the same way, and the rules of profiles where no tier decides. What it leaves out: the
// default action of tiers, connection tracking.
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
  // ever, `profile/NAME` for the rules of a profile. Without hooks where no host endpoint of the node has
  // ordinary policy or a profile with known rules.
  ir::Ruleset lower(std::string_view node) const;

 private:
  std::unique_ptr<const ir::PolicySet> policies_;
  std::unique_ptr<const Cluster> cluster_;  // nullptr: there is nothing of the kind
};

}  // namespace untrack::passes::lint
