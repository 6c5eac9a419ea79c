// The alternative that docs/packet-sets.md compares with: a multi-terminal binary decision diagram, one
// variable a bit, in the same order of fields. Only what the workloads need: terminal rules with protocols,
// port numbers and address sets, IPv4 addresses.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "ir/ruleset.h"

namespace untrack::bench {

class BitDiagram {
 public:
  using Node =
      std::uint32_t;  // below kInner: a leaf, 0 for no rule, else 1 + the number of the rule that decides

  BitDiagram();
  // The meaning of the first block of a hook: which rule decides.
  Node meaning(const ir::Ruleset& ruleset, const ir::InterfaceHook& hook);
  std::size_t node_count() const { return nodes_.size(); }  // made so far
  std::size_t node_count(Node root) const;                  // of one function
  std::vector<Node> leaves(Node root) const;

 private:
  static constexpr Node kInner = 0x80000000;
  struct Inner {
    std::uint32_t variable;
    Node zero, one;
  };
  struct MemoEntry {
    Node a = 0, b = 0, result = 0;
  };

  Node make(std::uint32_t variable, Node zero, Node one);
  std::uint32_t variable(Node node) const;
  Node at_least(std::uint32_t first_variable, int bits, std::uint32_t value, Node inside);
  Node at_most(std::uint32_t first_variable, int bits, std::uint32_t value, Node inside);
  Node range(std::uint32_t first_variable, int bits, std::uint32_t first, std::uint32_t last, Node inside);
  Node addresses(std::uint32_t first_variable, const ir::AddressSet& set);
  Node side(const ir::Ruleset& ruleset, const ir::SideMatch& match, bool remote);
  Node both(Node a, Node b);         // of sets
  Node first_match(Node a, Node b);  // of functions
  template <class Shortcut>
  Node combine(Node a, Node b, std::vector<MemoEntry>& memo, Shortcut shortcut);
  Node replace_inside(Node set, Node leaf);
  Node compose(const ir::Ruleset& ruleset, const ir::InterfaceHook& hook, std::size_t first, std::size_t end);
  std::vector<Node> reachable(Node root) const;

  std::vector<Inner> nodes_;
  std::vector<Node> table_;
  std::vector<MemoEntry> both_memo_, first_match_memo_;
};

}  // namespace untrack::bench
