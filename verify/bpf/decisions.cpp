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

// A map for each node, children first.
class Tables {
 public:
  Tables(const Image& image, ir::PacketSpace& space, ir::Direction direction)
      : image_(image), space_(space), direction_(direction), maps_(image.nodes.size()) {}

  ir::PacketMap run() {
    const std::vector<bool> reached = reached_nodes();
    for (std::uint32_t node = 0; node < image_.nodes.size() && !space_.exhausted(); ++node) {
      if (reached[node]) maps_[node] = map_of(image_.nodes[node]);
    }
    ir::PacketMap all = space_.constant(leaf_of(Decision::Next));
    for (std::size_t stage = 0; stage < kStages; ++stage) all = first_of(all, stage_map(stage));
    return all;
  }

 private:
  // From the roots of this direction.
  std::vector<bool> reached_nodes() const {
    std::vector<bool> reached(image_.nodes.size());
    const auto reach = [&](Reference reference) {
      if (!reference.is_end()) reached[reference.node()] = true;
    };
    for (const auto& version : hook().roots) {
      for (const auto& stage : version) std::ranges::for_each(stage, reach);
    }
    for (std::size_t number = image_.nodes.size(); number-- > 0;) {
      if (!reached[number]) continue;
      const Node& node = image_.nodes[number];
      for (std::uint32_t i = 0; i < node.references(); ++i) reach(image_.reference(node, i));
    }
    return reached;
  }

  // ---- one field

  ir::PacketMap map_of(const Node& node) {
    std::vector<std::pair<ir::PacketMap, Range>> children;
    children.reserve(node.count);
    for (std::uint32_t i = 0; i < node.count; ++i) {
      const Number last = i + 1 < node.count ? image_.first(node, i + 1) - 1 : max_number(node.key_bits());
      children.emplace_back(map_of(image_.reference(node, i)), Range{image_.first(node, i), last});
    }
    std::ranges::stable_sort(children, {}, &std::pair<ir::PacketMap, Range>::first);
    std::vector<ir::PacketMap> parts;
    for (std::size_t i = 0; i < children.size() && !space_.exhausted();) {
      const ir::PacketMap child = children[i].first;
      std::vector<Range> keys;
      for (; i < children.size() && children[i].first == child; ++i) keys.push_back(children[i].second);
      if (child == next()) continue;
      parts.push_back(restricted(with_keys(node, Ranges(std::move(keys))), child));
    }
    return balanced(std::move(parts), next(),
                    [this](ir::PacketMap a, ir::PacketMap b) { return first_of(a, b); });
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
};

}  // namespace

namespace {

// Images are read once for each way in which their rules may be loaded, and interfaces are often alike.
struct KnownDecisions {
  struct One {
    Image image;
    ir::Direction direction;
    ir::PacketMap decisions;
  };
  std::vector<One> all;
};

}  // namespace

static bool same_tables(const Image& a, const Image& b, ir::Direction direction) {
  return a.hook(direction) == b.hook(direction) && a.nodes == b.nodes && a.references == b.references &&
         a.keys == b.keys && a.wide_keys == b.wide_keys;
}

ir::PacketMap decisions(const Image& image, ir::PacketSpace& space, ir::Direction direction) {
  auto& known = space.kept<KnownDecisions>().all;
  for (const KnownDecisions::One& one : known) {
    if (one.direction == direction && same_tables(one.image, image, direction)) return one.decisions;
  }
  const ir::PacketMap decisions = Tables(image, space, direction).run();
  if (!space.exhausted()) known.push_back({image, direction, decisions});
  return decisions;
}

}  // namespace untrack::verify::bpf
