// Rules that ask for ports of tcp or udp, as trees: from the port to the rules that are left for it.
#pragma once
#include <optional>
#include <vector>

#include "backends/iptables/groups.h"

namespace untrack::backends::iptables {

// One of the rules left at a leaf; `match` no longer asks for what the way there settles.
struct LeftRule {
  const ir::Rule* rule = nullptr;
  ir::Match match;
  std::optional<ir::Cidr> source = {}, destination = {};  // in place of an address set of which this is left
};
using Leaf = std::vector<LeftRule>;  // in order of evaluation

struct Branch {
  ir::PortRange ports;
  bool to_leaf = false;
  std::size_t to = 0;  // index of a leaf or a node
};

struct PortTree {
  ir::Protocol protocol;
  ir::PortSet ports;  // only packets with one of these may enter
  std::vector<Leaf> leaves;
  std::vector<std::vector<Branch>> nodes;  // each node's branches ascending; children before parents
  Branch root;
  std::size_t levels = 0;  // nodes on the way to any leaf
};

// A tree for each protocol of the group. Nothing if the leaves would hold too many rules.
std::optional<std::vector<PortTree>> port_trees(const ir::Ruleset& ruleset, const Group& group);

}  // namespace untrack::backends::iptables
