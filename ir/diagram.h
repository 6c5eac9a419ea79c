// A multi-terminal interval decision diagram: a function from keys, one for each field, to leaves. A node
// tests one field; its edges cut the field's keys into intervals. Fields come in the order of `Field` on
// every path, and a path leaves out the fields that do not matter there, or that the packets on it do not
// have.
//
// Nodes are canonical: neighbouring edges have different children, a node with one edge is its child, and
// equal nodes are one node. So equal functions over the same packets are equal ids. Of keys that no packet
// has on a path (`CutOff` for most protocols) the last interval before them is taken to go on, which keeps
// that true.
#pragma once
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include <llvm/ADT/STLFunctionalExtras.h>

#include "ir/address.h"

namespace untrack::ir {

enum class Field : std::uint8_t {
  Version,  // 0: IPv4, 1: IPv6
  RemoteV4,
  RemoteV6,
  Protocol,
  Transport,
  LocalPort1,
  LocalPort2,
  LocalPort3,
  LocalPort4,  // digits of four bits, the most significant first
  RemotePort1,
  RemotePort2,
  RemotePort3,
  RemotePort4,
  LocalV4,
  LocalV6,
  IcmpType,
  IcmpCode,
};
inline constexpr std::size_t kFieldCount = 17;
AddressBits max_key(Field field);

// A leaf or an inner node, by its place in one Diagram.
using DiagramNode = std::uint32_t;

class Diagram {
 public:
  struct Edge {
    AddressBits first_key;  // up to the next edge's, or the field's last key
    DiagramNode child;
  };
  // Names a binary operation in the memo. Operations of the same number must be the same function.
  struct Operation {
    std::uint32_t number;
    bool commutes = false;
    // Leaf nodes that settle the result alone, whatever stands on the other side; kNoNode for none.
    DiagramNode settles_left = kNoNode, settles_right = kNoNode;
  };
  static constexpr DiagramNode kNoNode = 0xffffffff;
  static constexpr std::uint32_t kFirstFreeOperation = 16;  // below it: the caller's fixed operations, from 1
  // The result for a pair if it can be told without descending, as it always can for two leaves.
  using Shortcut = llvm::function_ref<std::optional<DiagramNode>(DiagramNode, DiagramNode)>;

  explicit Diagram(std::size_t edge_budget);

  // True once the budget did not do. From then on every result is leaf node 0.
  bool exhausted() const { return exhausted_; }
  void exhaust() { exhausted_ = true; }
  std::size_t edge_budget() const { return edge_budget_; }
  std::size_t edge_count() const { return edge_count_; }
  std::size_t node_count() const { return nodes_.size(); }

  // Leaf nodes have the ids 0, 1, .. in order of first sight; a new diagram has leaf 0 and leaf 1.
  DiagramNode leaf(std::uint32_t value);
  DiagramNode make(Field field, std::span<const Edge> edges);  // ascending, the first from key 0
  DiagramNode combine(DiagramNode a, DiagramNode b, Operation operation, Shortcut shortcut);
  // `a` with each leaf node replaced by what `leaf` says of it.
  using LeafFunction = llvm::function_ref<DiagramNode(DiagramNode leaf)>;
  DiagramNode map(DiagramNode a, LeafFunction leaf);
  Operation fresh_operation() { return {next_operation_++}; }
  // For each leaf node that `a` leads to, ascending: the function that leads to leaf node 1 where `a` leads
  // there, and to leaf node 0 elsewhere. In one walk, however many leaves there are.
  struct Part {
    DiagramNode leaf, where;
  };
  std::vector<Part> parts(DiagramNode a);

  static bool is_leaf(DiagramNode node) { return node < kInner; }
  std::uint32_t leaf_value(DiagramNode node) const { return leaf_values_[node]; }
  // Of inner nodes:
  Field field(DiagramNode node) const { return nodes_[node - kInner].field; }
  std::size_t edge_count(DiagramNode node) const { return nodes_[node - kInner].edges; }
  DiagramNode child(DiagramNode node, std::size_t edge) const {
    return children(nodes_[node - kInner])[edge];
  }
  AddressBits first_key(DiagramNode node, std::size_t edge) const;
  AddressBits last_key(DiagramNode node, std::size_t edge) const;
  std::size_t edge_at(DiagramNode node, AddressBits key) const;

  // Walks visit a node once: begin a walk, then ask for each node whether it is new.
  void begin_walk();
  bool first_visit(DiagramNode inner);

 private:
  static constexpr DiagramNode kInner = 0x80000000;  // ids of inner nodes start here

  // First the keys of the edges, then their children. Keys are std::uint32_t, or AddressBits for IPv6
  // addresses. Edges never move.
  struct Node {
    const void* keys;
    std::uint32_t edges;
    Field field;
  };
  struct Slot {
    std::uint32_t hash = 0;
    DiagramNode node = 0;  // 0: free
  };
  struct MemoEntry {
    std::uint32_t operation = 0;
    DiagramNode a = 0, b = 0, result = 0;
  };
  // Edges of the nodes being made, those of inner recursions on top.
  template <class Key>
  struct Workbench {
    std::vector<Key> keys;
    std::vector<DiagramNode> children;
  };

  template <class Key>
  Workbench<Key>& workbench();
  template <class Key>
  static std::span<const Key> keys(const Node& node) {
    return {static_cast<const Key*>(node.keys), node.edges};
  }
  static const DiagramNode* children(const Node& node);
  template <class Key>
  void append(std::size_t base, Key key, DiagramNode child);
  template <class Key>
  DiagramNode finish(Field field, std::size_t base);
  template <class Key>
  DiagramNode intern(Field field, std::span<const Key> keys, std::span<const DiagramNode> children);
  template <class Key>
  const void* stored(std::span<const Key> keys, std::span<const DiagramNode> children);
  template <class Key>
  DiagramNode merge(Field field, DiagramNode a, DiagramNode b, Operation operation, Shortcut shortcut);
  DiagramNode descend(DiagramNode a, DiagramNode b, Operation operation, Shortcut shortcut);
  DiagramNode mapped(DiagramNode node, LeafFunction leaf);
  template <class Key>
  DiagramNode mapped_inner(DiagramNode node, LeafFunction leaf);
  using KnownParts = std::unordered_map<DiagramNode, std::vector<Part>>;
  const std::vector<Part>& parts_of(DiagramNode node, KnownParts& known);
  // Of the operation under way: an edge was looked at.
  void step();
  MemoEntry& memo_entry(Operation operation, DiagramNode a, DiagramNode b);
  void grow_memo();
  void grow_table();

  std::size_t edge_budget_;
  std::size_t edge_count_ = 0;
  std::size_t steps_ = 0;  // of the operation under way
  bool exhausted_ = false;
  std::uint32_t next_operation_ = kFirstFreeOperation;

  std::pmr::monotonic_buffer_resource arena_;
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> leaf_values_;
  std::unordered_map<std::uint32_t, DiagramNode> leaf_nodes_;  // by value
  std::vector<Slot> table_;                                    // of inner nodes by hash; open addressing
  std::vector<MemoEntry> memo_;                                // by hash; a newer entry overwrites
  Workbench<std::uint32_t> narrow_;
  Workbench<AddressBits> wide_;
  std::vector<std::uint32_t> visited_;  // the last walk that met each inner node
  std::uint32_t walk_ = 0;
  std::vector<DiagramNode> mapped_;  // of the inner nodes that the walk of `map` under way has met
};

}  // namespace untrack::ir
