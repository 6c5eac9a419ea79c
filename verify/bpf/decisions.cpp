#include "verify/bpf/decisions.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "ir/address_set.h"
#include "verify/balanced.h"

namespace untrack::verify::bpf {

static constexpr ir::Leaf leaf_of(Decision decision) {
  return static_cast<ir::Leaf>(decision);
}
// What leaves nothing undone, and what stands for packets that do not come this way: the two are told apart
// nowhere.
static_assert(leaf_of(Decision::Next) == 0);

namespace {

// A map for each node that a packet comes to with the key of its field still whole: from a root, or from a
// node of another field. Nodes below it of the same field are taken together with it, since each tells
// something about the key that the next one tests.
class Tables {
 public:
  Tables(const Image& image, ir::PacketSpace& space, ir::Direction direction)
      : image_(image),
        space_(space),
        direction_(direction),
        maps_(image.nodes.size()),
        is_first_(image.nodes.size()) {}

  ir::PacketMap run() {
    find_first_nodes();
    for (std::uint32_t node = 0; node < image_.nodes.size() && !space_.exhausted(); ++node) {
      if (is_first_[node]) maps_[node] = map_of(node);
    }
    ir::PacketMap all = space_.constant(leaf_of(Decision::Next));
    for (std::size_t stage = 0; stage < kStages; ++stage) all = first_of(all, stage_map(stage));
    return all;
  }

 private:
  using Children = std::vector<std::pair<ir::PacketMap, Range>>;

  // ---- the graph

  void find_first_nodes() {
    std::vector<bool> reached(image_.nodes.size());
    for (const auto& version : hook().roots) {
      for (const auto& stage : version) {
        for (const Reference root : stage) {
          if (!root.is_end()) reached[root.node()] = is_first_[root.node()] = true;
        }
      }
    }
    for (std::size_t number = image_.nodes.size(); number-- > 0;) {
      if (!reached[number]) continue;
      const Node& node = image_.nodes[number];
      for (std::uint32_t i = 0; i < node.count; ++i) {
        const Reference to = image_.reference(node, i);
        if (to.is_end()) continue;
        reached[to.node()] = true;
        if (image_.nodes[to.node()].field != node.field) is_first_[to.node()] = true;
      }
    }
  }

  // ---- one field

  ir::PacketMap map_of(std::uint32_t number) {
    const Node& node = image_.nodes[number];
    children_.clear();
    look_up(node, {0, max_number(node.key_bits())});
    std::stable_sort(children_.begin(), children_.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<ir::PacketMap> parts;
    for (std::size_t i = 0; i < children_.size() && !space_.exhausted();) {
      const ir::PacketMap child = children_[i].first;
      std::vector<Range> keys;
      for (; i < children_.size() && children_[i].first == child; ++i) keys.push_back(children_[i].second);
      if (child == next()) continue;
      parts.push_back(restricted(with_keys(node, Ranges(std::move(keys))), child));
    }
    return balanced(std::move(parts), next(),
                    [this](ir::PacketMap a, ir::PacketMap b) { return first_of(a, b); });
  }

  // Recursion is as deep as a way is long.
  void look_up(const Node& node, Range keys) {
    return node.kind == Kind::Direct ? look_up_bits(node, keys) : search(node, keys);
  }

  void look_up_bits(const Node& node, Range keys) {
    const Number below = max_number(node.shift + 1) >> 1;
    const Number mask = max_number(node.bits);
    for (Number key = keys.first;; ++key) {
      const Number last = std::min(key | below, keys.last);
      follow(node, image_.reference(node, static_cast<std::uint32_t>(key >> node.shift & mask)), {key, last});
      if (last == keys.last || space_.exhausted()) return;
      key = last;
    }
  }

  void search(const Node& node, Range keys) {
    std::uint32_t low = 0;  // its key is not above keys.first, that of `high` is
    for (std::uint32_t high = node.count; high - low > 1;) {
      const std::uint32_t middle = low + (high - low) / 2;
      (image_.first(node, middle) <= keys.first ? low : high) = middle;
    }
    for (std::uint32_t i = low; !space_.exhausted(); ++i) {
      const Number first = std::max(image_.first(node, i), keys.first);
      const bool goes_on = i + 1 < node.count && image_.first(node, i + 1) <= keys.last;
      follow(node, image_.reference(node, i), {first, goes_on ? image_.first(node, i + 1) - 1 : keys.last});
      if (!goes_on) return;
    }
  }

  void follow(const Node& node, Reference to, Range keys) {
    if (++looked_at_ > space_.edge_budget()) return space_.exhaust();
    if (!to.is_end() && image_.nodes[to.node()].field == node.field)
      return look_up(image_.nodes[to.node()], keys);
    const ir::PacketMap child = map_of(to);
    if (!children_.empty() && children_.back().first == child) {
      children_.back().second.last = keys.last;
    } else {
      children_.emplace_back(child, keys);
    }
  }

  // ---- sets of packets

  // The packets that have the field, with one of these keys.
  ir::PacketSet with_keys(const Node& node, const Ranges& keys) {
    switch (node.field) {
      case Field::Source: return with_address(ir::source_end(direction_), node.version(), keys);
      case Field::Destination: return with_address(ir::destination_end(direction_), node.version(), keys);
      case Field::SourcePort: return with_port(ir::source_end(direction_), keys);
      case Field::DestinationPort: return with_port(ir::destination_end(direction_), keys);
      case Field::Icmp: return with_icmp(keys);
      case Field::Protocol: return with_protocol(keys);
    }
    return space_.nothing();
  }

  ir::PacketSet with_address(ir::End end, ir::IpVersion version, const Ranges& keys) {
    std::vector<ir::Cidr> prefixes;
    for (const Range& range : keys.list()) {
      const auto more = ir::prefixes_of(version, range.first, range.last);
      prefixes.insert(prefixes.end(), more.begin(), more.end());
    }
    return space_.intersect(space_.version(version),
                            space_.address(end, ir::AddressSet(std::move(prefixes))));
  }

  ir::PacketSet with_port(ir::End end, const Ranges& keys) {
    std::vector<ir::PortRange> ranges;
    for (const Range& range : keys.list())
      ranges.push_back({static_cast<ir::Port>(range.first), static_cast<ir::Port>(range.last)});
    return space_.ports(end, ir::PortSet(std::move(ranges)));
  }

  // A key is type * 256 + code: the codes of the first type, all of the types between, those of the last.
  ir::PacketSet with_icmp(const Ranges& keys) {
    std::vector<ir::PacketSet> sets;
    const auto add = [&](Number first_type, Number last_type, Number first_code, Number last_code) {
      const auto byte = [](Number number) { return static_cast<std::uint8_t>(number); };
      sets.push_back(space_.icmp(byte(first_type), byte(last_type), byte(first_code), byte(last_code)));
    };
    for (const Range& range : keys.list()) {
      Number first = range.first >> 8, last = range.last >> 8;
      const Number first_code = range.first & 0xff, last_code = range.last & 0xff;
      if (first == last && (first_code != 0 || last_code != 0xff)) {
        add(first, first, first_code, last_code);
        continue;
      }
      if (first_code != 0) add(first, first, first_code, 0xff), ++first;
      if (last_code != 0xff) add(last, last, 0, last_code), --last;
      if (first <= last) add(first, last, 0, 0xff);
    }
    return united(std::move(sets));
  }

  ir::PacketSet with_protocol(const Ranges& keys) {
    std::vector<ir::PacketSet> sets;
    for (const Range& range : keys.list()) {
      for (Number number = range.first; number <= range.last; ++number)
        sets.push_back(space_.protocol(ir::Protocol{static_cast<std::uint8_t>(number)}));
    }
    return united(std::move(sets));
  }

  ir::PacketSet of_class(Class packet_class) {
    const ir::PacketSet readable = space_.transport(ir::Transport::Readable);
    switch (packet_class) {
      case Class::Tcp: return space_.intersect(readable, space_.protocol(ir::kTcp));
      case Class::Udp: return space_.intersect(readable, space_.protocol(ir::kUdp));
      case Class::Sctp: return space_.intersect(readable, space_.protocol(ir::kSctp));
      case Class::Icmp: return space_.icmp(0, 255, 0, 255);
      case Class::Bare: break;
    }
    return space_.complement(
        united({of_class(Class::Tcp), of_class(Class::Udp), of_class(Class::Sctp), of_class(Class::Icmp)}));
  }

  // ---- all fields

  // Packets of classes that begin at the same node are restricted to once.
  ir::PacketMap stage_map(std::size_t stage) {
    std::map<Reference, ir::PacketSet> packets;
    for (std::size_t version = 0; version < 2; ++version) {
      for (std::size_t number = 0; number < kClasses; ++number) {
        const ir::PacketSet set =
            space_.intersect(space_.version(ir::kIpVersions[version]), of_class(static_cast<Class>(number)));
        ir::PacketSet& all =
            packets.try_emplace(hook().roots[version][stage][number], space_.nothing()).first->second;
        all = space_.unite(all, set);
      }
    }
    ir::PacketMap map = next();
    for (const auto& [root, set] : packets) map = first_of(map, restricted(set, map_of(root)));
    return map;
  }

  const Image::Hook& hook() const { return image_.hook(direction_); }
  ir::PacketMap next() { return space_.constant(leaf_of(Decision::Next)); }
  ir::PacketMap map_of(Reference reference) {
    return reference.is_end() ? space_.constant(leaf_of(reference.decision())) : maps_[reference.node()];
  }
  ir::PacketSet united(std::vector<ir::PacketSet> sets) {
    return balanced(std::move(sets), space_.nothing(),
                    [this](ir::PacketSet a, ir::PacketSet b) { return space_.unite(a, b); });
  }
  ir::PacketMap restricted(ir::PacketSet set, ir::PacketMap map) {
    return space_.combine(set.map, map,
                          [](ir::Leaf inside, ir::Leaf leaf) { return inside != 0 ? leaf : 0; });
  }
  ir::PacketMap first_of(ir::PacketMap a, ir::PacketMap b) {
    return space_.first_match(
        a, b, [](ir::Leaf leaf) { return leaf != leaf_of(Decision::Next); },
        [](ir::Leaf first, ir::Leaf second) { return first != leaf_of(Decision::Next) ? first : second; });
  }

  const Image& image_;
  ir::PacketSpace& space_;
  const ir::Direction direction_;
  std::vector<ir::PacketMap> maps_;  // by node
  std::vector<bool> is_first_;       // of the nodes of its field, on some way
  Children children_;                // of the node under way, by ascending key
  std::size_t looked_at_ = 0;
};

}  // namespace

ir::PacketMap decisions(const Image& image, ir::PacketSpace& space, ir::Direction direction) {
  return Tables(image, space, direction).run();
}

}  // namespace untrack::verify::bpf
