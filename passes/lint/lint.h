// The analyses of rules: they report and change nothing. They look at each node's Ruleset as it was lowered,
// where every rule still stands for one rule of the input.
#pragma once
#include <map>
#include <set>
#include <vector>

#include "ir/packet_space.h"
#include "ir/ruleset.h"
#include "passes/lint/origin.h"
#include "support/diagnostic.h"

namespace untrack::passes::lint {

// What one node shows. A rule that no packet reaches here may be alive on another node, so those findings
// wait for the other nodes.
struct NodeFindings {
  Diagnostics found;
  std::map<WrittenRule, Diagnostics> unreached;
  std::set<WrittenRule> reached;
  // False: the space's budget ran out. Nothing is found then, since a half-made set proves nothing.
  bool complete = true;
};
NodeFindings lint(const Origins& origins, const ir::Ruleset& ruleset, ir::PacketSpace& space);

// All nodes together. Findings about one rule that are equal on many nodes fold into one
// (Diagnostics::in_order).
Diagnostics conclude(std::vector<NodeFindings> nodes);

}  // namespace untrack::passes::lint
