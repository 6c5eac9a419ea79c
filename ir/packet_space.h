// Exact sets of packets, and exact functions from packets to small numbers.
//
// A PacketMap is a node of a multi-terminal interval decision diagram (Gouda and Liu 2007), hash-consed in
// its PacketSpace: equal functions are equal ids, so equality and emptiness cost one compare
// (docs/packet-sets.md).
//
// Packets are seen in *flow coordinates*: not source and destination but remote and local. A packet that
// comes in has its source as remote, one that goes out its destination. So a request and its reply differ in
// nothing but the ICMP type, and `replies_of` is nearly the identity: symmetry of ingress and egress is
// equality.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <typeindex>
#include <vector>

#include "ir/address_set.h"
#include "ir/packet.h"

namespace untrack::ir {

using Leaf = std::uint32_t;

// Meaningful only together with the PacketSpace that made it.
struct PacketMap {
  std::uint32_t node = 0;
  friend constexpr auto operator<=>(PacketMap, PacketMap) = default;
};
// A PacketMap whose leaves are 0 (outside) and 1 (inside).
struct PacketSet {
  PacketMap map;
  friend constexpr auto operator<=>(PacketSet, PacketSet) = default;
};

enum class End : std::uint8_t { Remote, Local };
constexpr End source_end(Direction d) {
  return d == Direction::Ingress ? End::Remote : End::Local;
}
constexpr End destination_end(Direction d) {
  return d == Direction::Ingress ? End::Local : End::Remote;
}

// Which packet to show out of many: the first of these that is in the set, then the least surprising one.
struct WitnessHints {
  std::vector<Address> local, remote;
  std::vector<Port> ports;
};

class PacketSpace {
 public:
  // At most `edge_budget` edges are made. Past it every result is nothing(), and exhausted() says so: results
  // of an exhausted space prove nothing.
  static constexpr std::size_t kDefaultEdgeBudget = 25'000'000;  // about 400 MB
  explicit PacketSpace(std::size_t edge_budget = kDefaultEdgeBudget);
  ~PacketSpace();
  PacketSpace(PacketSpace&&) noexcept;
  PacketSpace& operator=(PacketSpace&&) noexcept;

  bool exhausted() const;
  // As if the budget had run out; for callers whose own tables grow with the leaves.
  void exhaust();
  std::size_t edge_budget() const;
  std::size_t edge_count() const;       // made so far
  std::size_t edge_count(PacketMap a);  // of one function's diagram

  // What callers found out about results of this space and want to keep as long as it lasts: one value of
  // each type, made by the first who asks.
  template <class T>
  T& kept() {
    std::shared_ptr<void>& value = kept_[typeid(T)];
    if (!value) value = std::make_shared<T>();
    return *static_cast<T*>(value.get());
  }

  // ---- sets by one property. Only packets that can exist (Packet's invariants) are ever in a set.
  PacketSet nothing();
  PacketSet everything();
  PacketSet version(IpVersion version);
  PacketSet protocol(Protocol protocol);
  PacketSet transport(Transport transport);
  PacketSet address(End end, const AddressSet& addresses);
  PacketSet ports(End end, const PortSet& ports);                   // packets without ports are outside
  PacketSet sockets(End end, const SocketSet& sockets);             // address, protocol and port together
  PacketSet icmp(std::uint8_t first_type, std::uint8_t last_type,   // inclusive; packets without a readable
                 std::uint8_t first_code, std::uint8_t last_code);  // ICMP header are outside
  PacketSet single(const Packet& packet, Direction direction);

  // ---- algebra of sets
  PacketSet unite(PacketSet a, PacketSet b);
  PacketSet intersect(PacketSet a, PacketSet b);
  PacketSet subtract(PacketSet a, PacketSet b);
  PacketSet complement(PacketSet a);
  // Packets of the other direction that answer a packet of `a`. ICMP messages without an answer vanish.
  PacketSet replies_of(PacketSet a);

  // ---- functions
  PacketMap constant(Leaf leaf);
  PacketMap choose(PacketSet where, Leaf then, Leaf otherwise);
  // combine(a, b)(p) = leaf(a(p), b(p)). `leaf` is asked once for each pair of leaves that meets.
  PacketMap combine(PacketMap a, PacketMap b, const std::function<Leaf(Leaf, Leaf)>& leaf);
  PacketMap map(PacketMap a, const std::function<Leaf(Leaf)>& leaf);
  // `a` first, and `b` for what `a` leaves open: combine(a, b, leaf) for a `leaf` that keeps these laws, by
  // which what stands behind a decision is skipped:
  // leaf(0, y) == y, leaf(x, 0) == x, leaf(x, y) == x if decided(x).
  PacketMap first_match(PacketMap a, PacketMap b, const std::function<bool(Leaf)>& decided,
                        const std::function<Leaf(Leaf, Leaf)>& leaf);
  PacketSet where(PacketMap a, Leaf leaf);
  // where(a, leaf) for each leaf that some packet meets: all at once, in the time of a few.
  std::map<Leaf, PacketSet> parts(PacketMap a);
  std::vector<Leaf> leaves(PacketMap a);  // those that some packet meets, ascending
  std::vector<Leaf> leaves(PacketMap a, PacketSet within);

  // ---- questions
  bool empty(PacketSet a);
  bool contains(PacketSet a, const Packet& packet, Direction direction);
  Leaf at(PacketMap a, const Packet& packet, Direction direction);
  // Deterministic and natural: a readable packet, with what the hints name, tcp before udp before others,
  // 40000 for a port that may be any, addresses for documentation, never the first or last address of a net
  // or 0.0.0.0 where another will do.
  std::optional<Packet> witness(PacketSet a, Direction direction, const WitnessHints& hints = {});

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
  std::map<std::type_index, std::shared_ptr<void>> kept_;
};

}  // namespace untrack::ir
