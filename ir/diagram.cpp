#include "ir/diagram.h"

#include <llvm/Support/ErrorHandling.h>

#include <algorithm>
#include <cassert>
#include <map>
#include <memory>
#include <type_traits>
#include <utility>

namespace untrack::ir {

// One operation may look at this many edges for each edge of the budget: a result can be small although
// finding it is not, and the budget is to bound time as well.
static constexpr std::size_t kStepsPerEdge = 8;
static constexpr std::size_t kSmallestTable = 1u << 10;
static constexpr std::size_t kSmallestMemo = 1u << 10, kLargestMemo = 1u << 22;  // entries of 16 bytes

AddressBits max_key(Field field) {
  switch (field) {
    case Field::Version: return 1;
    case Field::RemoteV4:
    case Field::LocalV4: return max_address(IpVersion::V4);
    case Field::RemoteV6:
    case Field::LocalV6: return max_address(IpVersion::V6);
    case Field::Transport: return 2;
    case Field::LocalPort1:
    case Field::LocalPort2:
    case Field::LocalPort3:
    case Field::LocalPort4:
    case Field::RemotePort1:
    case Field::RemotePort2:
    case Field::RemotePort3:
    case Field::RemotePort4: return 15;
    case Field::Protocol:
    case Field::IcmpType:
    case Field::IcmpCode: return 255;
  }
  llvm_unreachable("a field outside its enumeration");
}

static bool is_wide(Field field) {
  return field == Field::RemoteV6 || field == Field::LocalV6;
}

// Multiplication by the golden ratio; the high bits, which depend on every bit, are folded into the low ones.
template <class Value>
static std::uint64_t mixed(std::uint64_t hash, Value value) {
  if constexpr (sizeof(Value) > sizeof(hash)) hash = mixed(hash, static_cast<std::uint64_t>(value >> 64));
  hash = (hash ^ static_cast<std::uint64_t>(value)) * 0x9e3779b97f4a7c15u;
  return hash ^ hash >> 32;
}

Diagram::Diagram(std::size_t edge_budget)
    : edge_budget_(edge_budget), table_(kSmallestTable), memo_(kSmallestMemo) {
  leaf(0);
  leaf(1);
}

DiagramNode Diagram::leaf(std::uint32_t value) {
  const auto [seen, fresh] = leaf_nodes_.emplace(value, static_cast<DiagramNode>(leaf_values_.size()));
  if (fresh) leaf_values_.push_back(value);
  return seen->second;
}

template <class Key>
Diagram::Workbench<Key>& Diagram::workbench() {
  if constexpr (std::is_same_v<Key, AddressBits>) {
    return wide_;
  } else {
    return narrow_;
  }
}

const DiagramNode* Diagram::children(const Node& node) {
  const auto after = [&](auto keys) { return static_cast<const void*>(keys.data() + keys.size()); };
  return static_cast<const DiagramNode*>(is_wide(node.field) ? after(keys<AddressBits>(node))
                                                             : after(keys<std::uint32_t>(node)));
}

AddressBits Diagram::first_key(DiagramNode node, std::size_t edge) const {
  const Node& n = nodes_[node - kInner];
  return is_wide(n.field) ? keys<AddressBits>(n)[edge] : keys<std::uint32_t>(n)[edge];
}

AddressBits Diagram::last_key(DiagramNode node, std::size_t edge) const {
  return edge + 1 < edge_count(node) ? first_key(node, edge + 1) - 1 : max_key(field(node));
}

std::size_t Diagram::edge_at(DiagramNode node, AddressBits key) const {
  const Node& n = nodes_[node - kInner];
  const auto search = [key](auto first_keys) {
    using Key = typename decltype(first_keys)::value_type;
    return static_cast<std::size_t>(std::ranges::upper_bound(first_keys, static_cast<Key>(key)) -
                                    first_keys.begin()) -
           1;
  };
  return is_wide(n.field) ? search(keys<AddressBits>(n)) : search(keys<std::uint32_t>(n));
}

void Diagram::begin_walk() {
  visited_.resize(nodes_.size(), 0);
  ++walk_;
}

bool Diagram::first_visit(DiagramNode inner) {
  std::uint32_t& last = visited_[inner - kInner];
  return std::exchange(last, walk_) != walk_;
}

// ---- making nodes

template <class Key>
void Diagram::append(std::size_t base, Key key, DiagramNode child) {
  Workbench<Key>& bench = workbench<Key>();
  if (bench.children.size() > base && bench.children.back() == child) return;
  bench.keys.push_back(key);
  bench.children.push_back(child);
}

// Takes the edges above `base` off the workbench.
template <class Key>
DiagramNode Diagram::finish(Field field, std::size_t base) {
  Workbench<Key>& bench = workbench<Key>();
  const DiagramNode node = intern<Key>(field, std::span<const Key>(bench.keys).subspan(base),
                                       std::span<const DiagramNode>(bench.children).subspan(base));
  bench.keys.resize(base);
  bench.children.resize(base);
  return node;
}

template <class Key>
DiagramNode Diagram::intern(Field field, std::span<const Key> keys_of,
                            std::span<const DiagramNode> children_of) {
  if (exhausted_) return 0;
  if (children_of.size() == 1) return children_of[0];
  std::uint64_t sum = static_cast<std::uint64_t>(field);
  for (std::size_t i = 0; i < children_of.size(); ++i) sum = mixed(mixed(sum, keys_of[i]), children_of[i]);
  const auto hash = static_cast<std::uint32_t>(sum);
  const std::size_t mask = table_.size() - 1;
  std::size_t slot = hash & mask;
  for (; table_[slot].node != 0; slot = (slot + 1) & mask) {
    if (table_[slot].hash != hash) continue;
    const Node& node = nodes_[table_[slot].node - kInner];
    if (node.field == field && std::ranges::equal(keys_of, keys<Key>(node)) &&
        std::ranges::equal(children_of, std::span(children(node), node.edges))) {
      return table_[slot].node;
    }
  }
  if (edge_count_ + children_of.size() > edge_budget_) {
    exhausted_ = true;
    return 0;
  }
  edge_count_ += children_of.size();
  const DiagramNode id = kInner + static_cast<DiagramNode>(nodes_.size());
  nodes_.push_back({stored(keys_of, children_of), static_cast<std::uint32_t>(children_of.size()), field});
  table_[slot] = {hash, id};
  if (nodes_.size() * 2 > table_.size()) grow_table();
  return id;
}

template <class Key>
const void* Diagram::stored(std::span<const Key> keys_of, std::span<const DiagramNode> children_of) {
  void* const place = arena_.allocate(keys_of.size_bytes() + children_of.size_bytes(), alignof(Key));
  Key* const after_keys = std::uninitialized_copy(keys_of.begin(), keys_of.end(), static_cast<Key*>(place));
  std::uninitialized_copy(children_of.begin(), children_of.end(),
                          static_cast<DiagramNode*>(static_cast<void*>(after_keys)));
  return place;
}

void Diagram::grow_table() {
  const std::vector<Slot> old(std::move(table_));
  table_.assign(old.size() * 4, {});
  const std::size_t mask = table_.size() - 1;
  for (const Slot& used : old) {
    if (used.node == 0) continue;
    std::size_t slot = used.hash & mask;
    while (table_[slot].node != 0) slot = (slot + 1) & mask;
    table_[slot] = used;
  }
}

DiagramNode Diagram::make(Field field, std::span<const Edge> edges) {
  assert(!edges.empty() && edges.front().first_key == 0 && "the edges of a node cover every key");
  const auto build = [&]<class Key>(Key) {
    const std::size_t base = workbench<Key>().children.size();
    for (const Edge& edge : edges) append(base, static_cast<Key>(edge.first_key), edge.child);
    return finish<Key>(field, base);
  };
  return is_wide(field) ? build(AddressBits{}) : build(std::uint32_t{});
}

// ---- operations

Diagram::MemoEntry& Diagram::memo_entry(Operation operation, DiagramNode a, DiagramNode b) {
  const std::uint64_t hash = mixed(mixed(operation.number, a), b);
  return memo_[hash & (memo_.size() - 1)];
}

// A memo with as many entries as there are nodes forgets little that is still needed.
void Diagram::grow_memo() {
  const std::vector<MemoEntry> old(std::move(memo_));
  memo_.assign(old.size() * 4, {});
  for (const MemoEntry& entry : old) {
    if (entry.operation != 0) memo_entry({entry.operation}, entry.a, entry.b) = entry;
  }
}

void Diagram::step() {
  if (++steps_ > edge_budget_ * kStepsPerEdge) exhausted_ = true;
}

DiagramNode Diagram::combine(DiagramNode a, DiagramNode b, Operation operation, Shortcut shortcut) {
  steps_ = 0;
  const DiagramNode result = descend(a, b, operation, shortcut);
  return exhausted_ ? 0 : result;
}

DiagramNode Diagram::descend(DiagramNode a, DiagramNode b, Operation operation, Shortcut shortcut) {
  if (const auto known = shortcut(a, b)) return *known;
  if (exhausted_) return 0;
  if (operation.commutes && a > b) std::swap(a, b);
  const MemoEntry& remembered = memo_entry(operation, a, b);
  if (remembered.operation == operation.number && remembered.a == a && remembered.b == b)
    return remembered.result;
  assert((!is_leaf(a) || !is_leaf(b)) && "a shortcut knows the result for two leaves");
  const Field field = is_leaf(a)   ? this->field(b)
                      : is_leaf(b) ? this->field(a)
                                   : std::min(this->field(a), this->field(b));
  const DiagramNode result = is_wide(field) ? merge<AddressBits>(field, a, b, operation, shortcut)
                                            : merge<std::uint32_t>(field, a, b, operation, shortcut);
  if (exhausted_) return 0;
  if (nodes_.size() > memo_.size() && memo_.size() < kLargestMemo) grow_memo();
  memo_entry(operation, a, b) = {operation.number, a, b, result};
  return result;
}

// Cuts the keys of `field` at the edges of both nodes. A node of a later field is one edge here.
template <class Key>
DiagramNode Diagram::merge(Field field, DiagramNode a, DiagramNode b, Operation operation,
                           Shortcut shortcut) {
  struct Side {
    const Key* keys;
    const DiagramNode* children;
    std::size_t edges;
    std::size_t at = 0;

    bool goes_on() const { return at + 1 < edges; }
    // To the last edge that begins before `key`, in strides that double: most often it is near.
    void skip_to(Key key) {
      std::size_t stride = 1;
      while (at + stride < edges && keys[at + stride] < key) at += std::exchange(stride, 2 * stride);
      const Key* const first = keys + at + 1;
      const Key* const last = keys + std::min(at + stride, edges);
      at = static_cast<std::size_t>(std::lower_bound(first, last, key) - keys) - 1;
    }
    // To the edge before the next one of the other side, which settles all results until then.
    void skip(const Side& settling) {
      if (settling.goes_on()) {
        skip_to(settling.keys[settling.at + 1]);
      } else {
        at = edges - 1;
      }
    }
  };
  static constexpr Key kOnlyKey = 0;
  const auto side_of = [&](const DiagramNode& node) {
    if (is_leaf(node) || this->field(node) != field) return Side{&kOnlyKey, &node, 1};
    const std::span<const Key> first_keys = keys<Key>(nodes_[node - kInner]);
    return Side{first_keys.data(), children(nodes_[node - kInner]), first_keys.size()};
  };
  Side left = side_of(a), right = side_of(b);
  const std::size_t base = workbench<Key>().children.size();
  Key key = 0;
  while (true) {
    append(base, key, descend(left.children[left.at], right.children[right.at], operation, shortcut));
    if (left.children[left.at] == operation.settles_left)
      right.skip(left);
    else if (right.children[right.at] == operation.settles_right)
      left.skip(right);
    const bool left_goes_on = left.goes_on(), right_goes_on = right.goes_on();
    if (!left_goes_on && !right_goes_on) break;
    const bool left_first =
        left_goes_on && (!right_goes_on || left.keys[left.at + 1] <= right.keys[right.at + 1]);
    key = left_first ? left.keys[left.at + 1] : right.keys[right.at + 1];
    if (left_goes_on && left.keys[left.at + 1] == key) ++left.at;
    if (right_goes_on && right.keys[right.at + 1] == key) ++right.at;
    step();
    if (exhausted_) break;
  }
  return finish<Key>(field, base);
}

// What is known of a node stands at its place in a table, not in the memo: whole diagrams are mapped, and
// their nodes lie side by side.
DiagramNode Diagram::map(DiagramNode a, LeafFunction leaf) {
  begin_walk();
  mapped_.resize(nodes_.size());
  const DiagramNode result = mapped(a, leaf);
  return exhausted_ ? 0 : result;
}

DiagramNode Diagram::mapped(DiagramNode node, LeafFunction leaf) {
  if (is_leaf(node)) return leaf(node);
  if (first_visit(node)) {
    mapped_[node - kInner] = is_wide(field(node)) ? mapped_inner<AddressBits>(node, leaf)
                                                  : mapped_inner<std::uint32_t>(node, leaf);
  }
  return mapped_[node - kInner];
}

template <class Key>
DiagramNode Diagram::mapped_inner(DiagramNode node, LeafFunction leaf) {
  const Node inner = nodes_[node - kInner];
  const std::size_t base = workbench<Key>().children.size();
  for (std::size_t i = 0; i < inner.edges && !exhausted_; ++i)
    append(base, keys<Key>(inner)[i], mapped(children(inner)[i], leaf));
  return finish<Key>(inner.field, base);
}

std::vector<Diagram::Part> Diagram::parts(DiagramNode a) {
  steps_ = 0;
  KnownParts known;
  std::vector<Part> parts = parts_of(a, known);
  if (exhausted_) parts.clear();
  return parts;
}

const std::vector<Diagram::Part>& Diagram::parts_of(DiagramNode node, KnownParts& known) {
  if (const auto found = known.find(node); found != known.end()) return found->second;
  if (is_leaf(node)) return known[node] = {{node, 1}};
  std::map<DiagramNode, std::vector<Edge>> edges_by_leaf;
  for (std::size_t i = 0; i < edge_count(node) && !exhausted_; ++i) {
    const AddressBits first = first_key(node, i);
    for (const Part& part : parts_of(child(node, i), known)) {
      std::vector<Edge>& edges = edges_by_leaf.try_emplace(part.leaf, 1, Edge{0, 0}).first->second;
      if (edges.back().first_key == first) edges.pop_back();
      edges.push_back({first, part.where});
      if (i + 1 < edge_count(node)) edges.push_back({first_key(node, i + 1), 0});
      step();
    }
  }
  std::vector<Part> parts;
  for (const auto& [leaf, edges] : edges_by_leaf) parts.push_back({leaf, make(field(node), edges)});
  return known[node] = std::move(parts);
}

}  // namespace untrack::ir
