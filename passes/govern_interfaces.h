// Which host endpoint governs which interface of a node (docs/semantics.md, "Interfaces").
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "ir/policy.h"
#include "passes/cluster.h"
#include "passes/lower_policies.h"
#include "support/diagnostic.h"

namespace untrack::passes {

struct GovernedInterface {
  std::string interface_name;
  const ir::HostEndpoint* endpoint;  // the winner: the smallest name among the candidates
};

// By interface name. Endpoints with `*` govern no interface here (untracked policy on them has no effect).
std::vector<GovernedInterface> govern_interfaces(const Cluster& cluster, std::string_view node,
                                                 const LowerOptions& options, Diagnostics& diagnostics);
// The same for one node of a cluster that nothing else is asked about.
std::vector<GovernedInterface> govern_interfaces(const ir::PolicySet& policies, std::string_view node,
                                                 const LowerOptions& options, Diagnostics& diagnostics);

}  // namespace untrack::passes
