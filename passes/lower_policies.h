// PolicySet -> Ruleset: from what was said about the cluster to what a packet meets on one node.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "ir/policy.h"
#include "ir/ruleset.h"
#include "passes/cluster.h"
#include "support/diagnostic.h"

namespace untrack::passes {

struct LowerOptions {
  // --interface NODE:ADDRESS=NAME: the interface that an address sits on, where no Node document says it.
  std::map<std::pair<std::string, ir::Address>, std::string> interfaces;
};

// Establishes: hooks for every interface that a host endpoint with untracked policy governs (both directions,
// as Felix makes both), failsafes in a first block, tiers and policies in Calico's order, one block a tier,
// at most one rule for each rule of a policy. Reports what cannot be known or has no effect.
ir::Ruleset lower_policies(const Cluster& cluster, std::string_view node, const LowerOptions& options,
                           Diagnostics& diagnostics);
// The same for one node of a cluster that nothing else is asked about.
ir::Ruleset lower_policies(const ir::PolicySet& policies, std::string_view node, const LowerOptions& options,
                           Diagnostics& diagnostics);

}  // namespace untrack::passes
