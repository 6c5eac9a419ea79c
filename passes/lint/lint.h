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
  // False: the budget ran out somewhere, and UT610 or UT611 says where. A rule that no packet was seen to
  // reach may be alive there.
  bool complete = true;

  void add(NodeFindings more);
};
// The space is shared while its budget lasts; then each interface, and at last each IP version of it, has a
// new one with the same budget. The caller asks whether `space` is still of use.
NodeFindings lint(const Origins& origins, const ir::Ruleset& ruleset, ir::PacketSpace& space);

// All nodes together. Findings about one rule that are equal on many nodes fold into one
// (Diagnostics::in_order); where no rule of a policy is reached, one finding stands for all of them.
Diagnostics conclude(const Origins& origins, std::vector<NodeFindings> nodes);

}  // namespace untrack::passes::lint
