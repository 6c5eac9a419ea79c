#include "tests/bench/bit_diagram.h"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <unordered_map>
#include <unordered_set>

namespace untrack::bench {

using namespace ir;

// Variables in the order of fields of ir/diagram.h; IPv6 addresses, which no workload has, are left out.
static constexpr std::uint32_t kVersion = 0, kRemote = 1, kProtocol = 33, kTransport = 41, kLocalPort = 43,
                               kRemotePort = 59, kLocal = 75;
static constexpr std::uint32_t kLeafVariable = 0xffffffff;

static std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
  return hash ^ hash >> 32;
}

BitDiagram::BitDiagram() : table_(1024), both_memo_(1024), first_match_memo_(1024) {}

std::uint32_t BitDiagram::variable(Node node) const {
  return node < kInner ? kLeafVariable : nodes_[node - kInner].variable;
}

BitDiagram::Node BitDiagram::make(std::uint32_t variable, Node zero, Node one) {
  if (zero == one) return zero;
  const auto slot_of = [&](const Inner& node) {
    return mixed(mixed(node.variable, node.zero), node.one) & (table_.size() - 1);
  };
  std::size_t slot = slot_of({variable, zero, one});
  for (; table_[slot] != 0; slot = (slot + 1) & (table_.size() - 1)) {
    const Inner& node = nodes_[table_[slot] - kInner];
    if (node.variable == variable && node.zero == zero && node.one == one) return table_[slot];
  }
  nodes_.push_back({variable, zero, one});
  const Node id = kInner + static_cast<Node>(nodes_.size() - 1);
  table_[slot] = id;
  if (nodes_.size() * 2 <= table_.size()) return id;
  table_.assign(table_.size() * 4, 0);
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    std::size_t free = slot_of(nodes_[i]);
    while (table_[free] != 0) free = (free + 1) & (table_.size() - 1);
    table_[free] = kInner + static_cast<Node>(i);
  }
  return id;
}

template <class Shortcut>
BitDiagram::Node BitDiagram::combine(Node a, Node b, std::vector<MemoEntry>& memo, Shortcut shortcut) {
  Node result = 0;
  if (shortcut(a, b, result)) return result;
  const auto entry = [&]() -> MemoEntry& { return memo[mixed(mixed(1, a), b) & (memo.size() - 1)]; };
  if (entry().a == a && entry().b == b) return entry().result;
  const std::uint32_t split = std::min(variable(a), variable(b));
  const auto child = [&](Node node, bool one) {
    if (variable(node) != split) return node;
    return one ? nodes_[node - kInner].one : nodes_[node - kInner].zero;
  };
  const Node zero = combine(child(a, false), child(b, false), memo, shortcut);
  const Node one = combine(child(a, true), child(b, true), memo, shortcut);
  result = make(split, zero, one);
  if (nodes_.size() > memo.size() && memo.size() < 1u << 22) memo.assign(memo.size() * 4, {});
  entry() = {a, b, result};
  return result;
}

BitDiagram::Node BitDiagram::both(Node a, Node b) {
  return combine(a, b, both_memo_, [](Node x, Node y, Node& result) {
    if (x != 0 && y != 0 && x != 1 && y != 1 && x != y) return false;
    result = x == 0 || y == 0 ? 0 : x == 1 ? y : x;
    return true;
  });
}

BitDiagram::Node BitDiagram::first_match(Node a, Node b) {
  return combine(a, b, first_match_memo_, [](Node x, Node y, Node& result) {
    if (x >= kInner && y != 0) return false;
    result = x == 0 ? y : x;
    return true;
  });
}

BitDiagram::Node BitDiagram::replace_inside(Node set, Node leaf) {
  std::unordered_map<Node, Node> done{{0, 0}, {1, leaf}};
  const auto replace = [&](auto&& self, Node node) -> Node {
    if (const auto known = done.find(node); known != done.end()) return known->second;
    const Inner inner = nodes_[node - kInner];
    const Node made = make(inner.variable, self(self, inner.zero), self(self, inner.one));
    done.emplace(node, made);
    return made;
  };
  return replace(replace, set);
}

// ---- sets

BitDiagram::Node BitDiagram::at_least(std::uint32_t first_variable, int bits, std::uint32_t value,
                                      Node inside) {
  Node node = inside;
  for (int bit = 0; bit < bits; ++bit) {
    const std::uint32_t variable = first_variable + static_cast<std::uint32_t>(bits - 1 - bit);
    node = (value >> bit & 1) != 0 ? make(variable, 0, node) : make(variable, node, inside);
  }
  return node;
}

BitDiagram::Node BitDiagram::at_most(std::uint32_t first_variable, int bits, std::uint32_t value,
                                     Node inside) {
  Node node = inside;
  for (int bit = 0; bit < bits; ++bit) {
    const std::uint32_t variable = first_variable + static_cast<std::uint32_t>(bits - 1 - bit);
    node = (value >> bit & 1) != 0 ? make(variable, inside, node) : make(variable, node, 0);
  }
  return node;
}

BitDiagram::Node BitDiagram::range(std::uint32_t first_variable, int bits, std::uint32_t first,
                                   std::uint32_t last, Node inside) {
  return both(at_least(first_variable, bits, first, inside), at_most(first_variable, bits, last, inside));
}

// Splits the sorted prefixes bit by bit.
BitDiagram::Node BitDiagram::addresses(std::uint32_t first_variable, const AddressSet& set) {
  const auto build = [&](auto&& self, std::span<const Cidr> prefixes, int bit) -> Node {
    if (prefixes.empty()) return 0;
    if (prefixes.front().prefix_bits() == bit) return 1;
    const auto middle = std::ranges::partition_point(
        prefixes, [bit](const Cidr& prefix) { return (prefix.first() >> (31 - bit) & 1) == 0; });
    const auto zeros = static_cast<std::size_t>(middle - prefixes.begin());
    return make(first_variable + static_cast<std::uint32_t>(bit), self(self, prefixes.first(zeros), bit + 1),
                self(self, prefixes.subspan(zeros), bit + 1));
  };
  return make(kVersion, build(build, set.prefixes(IpVersion::V4), 0), 0);
}

BitDiagram::Node BitDiagram::side(const Ruleset& ruleset, const SideMatch& match, bool remote) {
  assert(match.not_in.empty() && match.not_ports.empty() && "no workload has these");
  Node set = 1;
  if (match.ports) {
    Node ports = 0;
    for (const PortRange& r : match.ports->numbers.ranges()) {
      ports = first_match(ports, range(remote ? kRemotePort : kLocalPort, 16, r.first, r.last, 1));
    }
    set = range(kTransport, 2, 0, 0, ports);
  }
  for (const AddressSetId id : match.in) {
    set = both(set, addresses(remote ? kRemote : kLocal, ruleset.address_sets[id]));
  }
  return set;
}

// ---- functions

BitDiagram::Node BitDiagram::compose(const Ruleset& ruleset, const InterfaceHook& hook, std::size_t first,
                                     std::size_t end) {
  if (end - first > 1) {
    const std::size_t middle = std::midpoint(first, end);
    const Node before = compose(ruleset, hook, first, middle), after = compose(ruleset, hook, middle, end);
    return first_match(before, after);
  }
  const Match& match = hook.blocks[0].rules[first].match;
  const bool ingress = hook.direction == Direction::Ingress;
  Node set = 1;
  if (match.protocol) set = range(kProtocol, 8, match.protocol->number, match.protocol->number, 1);
  set = both(set, side(ruleset, match.source, ingress));
  set = both(set, side(ruleset, match.destination, !ingress));
  return replace_inside(set, 1 + static_cast<Node>(first));
}

BitDiagram::Node BitDiagram::meaning(const Ruleset& ruleset, const InterfaceHook& hook) {
  return compose(ruleset, hook, 0, hook.blocks[0].rules.size());
}

std::vector<BitDiagram::Node> BitDiagram::reachable(Node root) const {
  std::unordered_set<Node> seen{root};
  std::vector<Node> met{root};
  for (std::size_t i = 0; i < met.size(); ++i) {
    if (met[i] < kInner) continue;
    for (const Node child : {nodes_[met[i] - kInner].zero, nodes_[met[i] - kInner].one}) {
      if (seen.insert(child).second) met.push_back(child);
    }
  }
  return met;
}

std::size_t BitDiagram::node_count(Node root) const {
  const std::vector<Node> met = reachable(root);
  return static_cast<std::size_t>(std::ranges::count_if(met, [](Node node) { return node >= kInner; }));
}

std::vector<BitDiagram::Node> BitDiagram::leaves(Node root) const {
  std::vector<Node> met = reachable(root);
  std::erase_if(met, [](Node node) { return node >= kInner; });
  return met;
}

}  // namespace untrack::bench
