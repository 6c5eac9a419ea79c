// Rules that look at addresses, as a tree: from a packet's addresses to the rules that are left for it. For
// long lists that no set answers: of both sides, with exceptions, logs, or anything else beside.
#pragma once
#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "backends/iptables/dispatch.h"

namespace untrack::backends::iptables {

struct AddressTree {
  struct Branch {
    ir::Cidr net;
    std::size_t to;  // a node
  };
  // With branches: the first whose net holds the address of the side, else `otherwise`. Without: the end.
  struct Node {
    Side side = Side::Source;
    std::vector<Branch> branches;
    std::size_t otherwise = 0;
    Leaf rules;
  };
  std::vector<Node> nodes;  // children before parents; the last is the root
  std::size_t levels = 0;   // nodes with branches on the longest way
};

// None of the rules has a limit. Nothing if there are few, if addresses do not tell them apart, or if the
// ends would hold too many rules; else no way has more than `most_levels`.
std::optional<AddressTree> address_tree(const ir::Ruleset& ruleset, Leaf rules, ir::IpVersion version,
                                        std::size_t most_levels);

}  // namespace untrack::backends::iptables
