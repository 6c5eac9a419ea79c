#include "ir/packet_space.h"

#include <llvm/ADT/DenseMap.h>

#include <cassert>
#include <set>

#include "ir/packet_space_impl.h"

namespace untrack::ir {

static constexpr Diagram::Operation kUnite{1, true, kInside, kInside},
    kIntersect{2, true, kOutside, kOutside}, kSubtract{3, false, kOutside, kInside};

PacketSpace::PacketSpace(std::size_t edge_budget) : impl_(std::make_unique<Impl>(edge_budget)) {}
PacketSpace::~PacketSpace() = default;
PacketSpace::PacketSpace(PacketSpace&&) noexcept = default;
PacketSpace& PacketSpace::operator=(PacketSpace&&) noexcept = default;

bool PacketSpace::exhausted() const {
  return impl_->diagram.exhausted();
}
void PacketSpace::exhaust() {
  impl_->diagram.exhaust();
}
std::size_t PacketSpace::edge_budget() const {
  return impl_->diagram.edge_budget();
}
std::size_t PacketSpace::edge_count() const {
  return impl_->diagram.edge_count();
}

// ---- algebra of sets

using MaybeNode = std::optional<DiagramNode>;

PacketSet PacketSpace::unite(PacketSet a, PacketSet b) {
  return set_of(
      impl_->diagram.combine(a.map.node, b.map.node, kUnite, [](DiagramNode x, DiagramNode y) -> MaybeNode {
        if (x == kInside || y == kInside) return kInside;
        if (x == kOutside || x == y) return y;
        if (y == kOutside) return x;
        return std::nullopt;
      }));
}

PacketSet PacketSpace::intersect(PacketSet a, PacketSet b) {
  return set_of(impl_->diagram.combine(a.map.node, b.map.node, kIntersect,
                                       [](DiagramNode x, DiagramNode y) -> MaybeNode {
                                         if (x == kOutside || y == kOutside) return kOutside;
                                         if (x == kInside || x == y) return y;
                                         if (y == kInside) return x;
                                         return std::nullopt;
                                       }));
}

PacketSet PacketSpace::subtract(PacketSet a, PacketSet b) {
  return set_of(impl_->diagram.combine(a.map.node, b.map.node, kSubtract,
                                       [](DiagramNode x, DiagramNode y) -> MaybeNode {
                                         if (x == kOutside || y == kInside || x == y) return kOutside;
                                         if (y == kOutside) return x;
                                         return std::nullopt;
                                       }));
}

PacketSet PacketSpace::complement(PacketSet a) {
  return subtract(everything(), a);
}

// ---- functions

PacketMap PacketSpace::constant(Leaf leaf) {
  return {exhausted() ? kOutside : impl_->diagram.leaf(leaf)};
}

PacketMap PacketSpace::choose(PacketSet where, Leaf then, Leaf otherwise) {
  return map(where.map, [&](Leaf inside) { return inside == 1 ? then : otherwise; });
}

// Asks `leaf` once for each pair of leaf nodes.
class LeafPairs {
 public:
  LeafPairs(Diagram& diagram, const std::function<Leaf(Leaf, Leaf)>& leaf) : diagram_(diagram), leaf_(leaf) {}
  DiagramNode operator()(DiagramNode a, DiagramNode b) {
    const auto [known, fresh] = results_.try_emplace(std::uint64_t{a} << 32 | b, kOutside);
    if (fresh) known->second = diagram_.leaf(leaf_(diagram_.leaf_value(a), diagram_.leaf_value(b)));
    return known->second;
  }

 private:
  Diagram& diagram_;
  const std::function<Leaf(Leaf, Leaf)>& leaf_;
  llvm::DenseMap<std::uint64_t, DiagramNode> results_;
};

PacketMap PacketSpace::combine(PacketMap a, PacketMap b, const std::function<Leaf(Leaf, Leaf)>& leaf) {
  Diagram& diagram = impl_->diagram;
  LeafPairs pairs(diagram, leaf);
  return {diagram.combine(a.node, b.node, diagram.fresh_operation(),
                          [&](DiagramNode x, DiagramNode y) -> MaybeNode {
                            if (Diagram::is_leaf(x) && Diagram::is_leaf(y)) return pairs(x, y);
                            return std::nullopt;
                          })};
}

PacketMap PacketSpace::map(PacketMap a, const std::function<Leaf(Leaf)>& leaf) {
  Diagram& diagram = impl_->diagram;
  llvm::DenseMap<DiagramNode, DiagramNode> results;
  return {diagram.map(a.node, [&](DiagramNode x) {
    const auto [known, fresh] = results.try_emplace(x, kOutside);
    if (fresh) known->second = diagram.leaf(leaf(diagram.leaf_value(x)));
    return known->second;
  })};
}

PacketMap PacketSpace::first_match(PacketMap a, PacketMap b, const std::function<bool(Leaf)>& decided,
                                   const std::function<Leaf(Leaf, Leaf)>& leaf) {
  Diagram& diagram = impl_->diagram;
  LeafPairs pairs(diagram, leaf);
  return {diagram.combine(a.node, b.node, diagram.fresh_operation(),
                          [&](DiagramNode x, DiagramNode y) -> MaybeNode {
                            if (x == kOutside) return y;
                            if (y == kOutside) return x;
                            if (!Diagram::is_leaf(x)) return std::nullopt;
                            if (decided(diagram.leaf_value(x))) return x;
                            if (Diagram::is_leaf(y)) return pairs(x, y);
                            return std::nullopt;
                          })};
}

PacketSet PacketSpace::where(PacketMap a, Leaf leaf) {
  return {map(a, [leaf](Leaf x) { return x == leaf ? Leaf{1} : Leaf{0}; })};
}

std::map<Leaf, PacketSet> PacketSpace::parts(PacketMap a) {
  std::map<Leaf, PacketSet> parts;
  for (const auto& [leaf, where] : impl_->diagram.parts(a.node))
    parts.emplace(impl_->diagram.leaf_value(leaf), set_of(where));
  return parts;
}

// Calls `visit` once for each inner node, and for a leaf as often as an edge leads to it.
template <class Visit>
static void walk(Diagram& diagram, DiagramNode root, Visit visit) {
  std::vector<DiagramNode> todo{root};
  diagram.begin_walk();
  while (!todo.empty()) {
    const DiagramNode node = todo.back();
    todo.pop_back();
    if (!Diagram::is_leaf(node) && !diagram.first_visit(node)) continue;
    visit(node);
    if (Diagram::is_leaf(node)) continue;
    for (std::size_t i = 0; i < diagram.edge_count(node); ++i) todo.push_back(diagram.child(node, i));
  }
}

std::vector<Leaf> PacketSpace::leaves(PacketMap a) {
  Diagram& diagram = impl_->diagram;
  std::set<Leaf> met;
  walk(diagram, a.node, [&](DiagramNode node) {
    if (Diagram::is_leaf(node)) met.insert(diagram.leaf_value(node));
  });
  return {met.begin(), met.end()};
}

std::vector<Leaf> PacketSpace::leaves(PacketMap a, PacketSet within) {
  Diagram& diagram = impl_->diagram;
  std::set<Leaf> met;
  diagram.combine(a.node, within.map.node, diagram.fresh_operation(),
                  [&](DiagramNode x, DiagramNode y) -> MaybeNode {
                    if (y == kOutside) return kOutside;
                    if (y != kInside || !Diagram::is_leaf(x)) return std::nullopt;
                    met.insert(diagram.leaf_value(x));
                    return kOutside;
                  });
  return {met.begin(), met.end()};
}

std::size_t PacketSpace::edge_count(PacketMap a) {
  Diagram& diagram = impl_->diagram;
  std::size_t edges = 0;
  walk(diagram, a.node, [&](DiagramNode node) {
    if (!Diagram::is_leaf(node)) edges += diagram.edge_count(node);
  });
  return edges;
}

// ---- questions

bool PacketSpace::empty(PacketSet a) {
  return a.map.node == kOutside;
}

bool PacketSpace::contains(PacketSet a, const Packet& packet, Direction direction) {
  return at(a.map, packet, direction) == 1;
}

Leaf PacketSpace::at(PacketMap a, const Packet& packet, Direction direction) {
  const Diagram& diagram = impl_->diagram;
  const PacketKeys keys = keys_of(packet, direction);
  DiagramNode node = a.node;
  while (!Diagram::is_leaf(node)) {
    const auto& key = keys[static_cast<std::size_t>(diagram.field(node))];
    assert(key && "only fields that a packet has are on its path");
    node = diagram.child(node, diagram.edge_at(node, *key));
  }
  return diagram.leaf_value(node);
}

}  // namespace untrack::ir
