// Which packet to show out of many: wishes are tried one after the other, and one that leaves no packet is
// dropped.
#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>

#include "ir/packet_space_impl.h"

namespace untrack::ir {

static constexpr Protocol kGre{47}, kEsp{50}, kOspf{89};
// Above every default failsafe and in the range from which Linux takes ephemeral ports (ip-sysctl,
// ip_local_port_range: 32768 to 60999): a port that says "any".
static constexpr Port kAnyPort = 40000;
static constexpr std::uint8_t kEchoRequest = 8, kEchoRequest6 = 128;

struct Interval {
  AddressBits first, last;  // inclusive
};

struct Wish {
  Field field;
  Interval keys;
};

// A host in the interval as if it were a net: not its first or last address, nor one that ends in .0 or .255.
static AddressBits host_in(Interval net) {
  if (net.last - net.first < 2) return net.first == 0 ? net.last : net.first;
  for (AddressBits host = net.first + 1; host < net.last; ++host) {
    if ((host & 0xff) != 0 && (host & 0xff) != 0xff) return host;
  }
  return net.first + 1;
}

namespace {

// A box of packets that shrinks wish by wish and always meets the set.
class WitnessSearch {
 public:
  WitnessSearch(Diagram& diagram, DiagramNode set, Direction direction)
      : diagram_(diagram), set_(set), direction_(direction) {
    for (std::size_t i = 0; i < kFieldCount; ++i) box_[i] = {0, max_key(static_cast<Field>(i))};
  }

  Packet run(const WitnessHints& hints) {
    // LaterFragment before CutOff: where no CutOff exists, that key repeats LaterFragment (ir/diagram.h).
    for (const Transport t : {Transport::Readable, Transport::LaterFragment, Transport::CutOff}) {
      if (wish(Field::Transport, transport_key(t))) break;
    }
    wish_one_of(End::Local, hints.local);
    wish_one_of(End::Remote, hints.remote);
    if (!wish(Field::Version, version_key(IpVersion::V4))) wish(Field::Version, version_key(IpVersion::V6));
    version_ = box_at(Field::Version).first == 0 ? IpVersion::V4 : IpVersion::V6;
    choose_protocol();
    if (has_ports(protocol_)) choose_ports(hints.ports);
    if (has_icmp(version_, protocol_)) choose_icmp();
    choose_address(End::Remote);
    choose_address(End::Local);
    return packet();
  }

 private:
  static std::size_t index(Field field) { return static_cast<std::size_t>(field); }
  Interval& box_at(Field field) { return box_[index(field)]; }

  // ---- the set and the box

  bool reaches_inside(DiagramNode node) {
    if (Diagram::is_leaf(node)) return node == kInside;
    if (!diagram_.first_visit(node)) return false;  // met before, and in vain: success ends the walk
    const Interval& keys = box_at(diagram_.field(node));
    for (std::size_t edge = diagram_.edge_at(node, keys.first);
         edge < diagram_.edge_count(node) && diagram_.first_key(node, edge) <= keys.last; ++edge) {
      if (!reaches_inside(diagram_.child(node, edge))) continue;
      path_[index(diagram_.field(node))] = {std::max(keys.first, diagram_.first_key(node, edge)),
                                            std::min(keys.last, diagram_.last_key(node, edge))};
      return true;
    }
    return false;
  }

  // On success `path_` is a part of the box that lies in the set.
  bool meets_set() {
    path_ = box_;
    diagram_.begin_walk();
    return reaches_inside(set_);
  }

  bool wish(std::span<const Wish> wishes) {
    const auto before = box_;
    for (const auto& [field, keys] : wishes) {
      Interval& allowed = box_at(field);
      allowed = {std::max(allowed.first, keys.first), std::min(allowed.last, keys.last)};
      if (allowed.first > allowed.last) {
        box_ = before;
        return false;
      }
    }
    if (meets_set()) return true;
    box_ = before;
    return false;
  }
  bool wish(std::initializer_list<Wish> wishes) { return wish(std::span(wishes.begin(), wishes.end())); }
  bool wish(Field field, AddressBits key) { return wish({{field, {key, key}}}); }

  Interval possible(Field field) {
    meets_set();
    return path_[index(field)];
  }
  void settle(Field field, AddressBits key) { box_at(field) = {key, key}; }

  // ---- wishes

  void wish_one_of(End end, const std::vector<Address>& addresses) {
    for (const Address& a : addresses) {
      const AddressBits version = version_key(a.version());
      const Field field = address_field(end, a.version());
      if (wish({{Field::Version, {version, version}}, {field, {a.bits(), a.bits()}}})) return;
    }
  }

  void choose_protocol() {
    const Protocol icmp = version_ == IpVersion::V4 ? kIcmp : kIcmp6;
    for (const Protocol p : {kTcp, kUdp, icmp, kSctp, kGre, kEsp, kOspf}) {
      if (wish(Field::Protocol, p.number)) break;
    }
    settle(Field::Protocol, possible(Field::Protocol).first);
    protocol_ = {static_cast<std::uint8_t>(box_at(Field::Protocol).first)};
  }

  void choose_ports(const std::vector<Port>& hints) {
    const End source = source_end(direction_), destination = destination_end(direction_);
    for (const Port hint : hints) {
      if (wish_port(destination, hint) || wish_port(source, hint)) break;
    }
    for (const End end : {source, destination}) {
      if (wish_port(end, kAnyPort) || wish_port(end, kAnyPort + 1)) continue;
      const auto before = box_;
      settle_lowest_port(end);
      if (port_at(end) != 0) continue;
      box_ = before;
      for (int digit = kPortDigits; digit-- > 0;) {
        if (wish({{port_field(end, digit), {1, 15}}})) break;
      }
      settle_lowest_port(end);
    }
  }

  bool wish_port(End end, Port port) {
    std::array<Wish, kPortDigits> digits;
    for (int digit = 0; digit < kPortDigits; ++digit) {
      const AddressBits key = port_digit(port, digit);
      digits[digit] = {port_field(end, digit), {key, key}};
    }
    return wish(digits);
  }

  void settle_lowest_port(End end) {
    for (int digit = 0; digit < kPortDigits; ++digit) {
      const Field field = port_field(end, digit);
      settle(field, possible(field).first);
    }
  }

  Port port_at(End end) {
    AddressBits port = 0;
    for (int digit = 0; digit < kPortDigits; ++digit) port = port << 4 | box_at(port_field(end, digit)).first;
    return static_cast<Port>(port);
  }

  void choose_icmp() {
    wish(Field::IcmpType, version_ == IpVersion::V4 ? kEchoRequest : kEchoRequest6);
    settle(Field::IcmpType, possible(Field::IcmpType).first);
    settle(Field::IcmpCode, possible(Field::IcmpCode).first);
  }

  void choose_address(End end) {
    const Field field = address_field(end, version_);
    if (version_ == IpVersion::V4) {
      // Addresses for documentation (RFC 5737), then ordinary unicast (RFC 1122 section 3.2.1.3).
      const AddressBits familiar = end == End::Remote ? 0xc6336407 : 0xc0000207;  // 198.51.100.7, 192.0.2.7
      if (wish(field, familiar)) return;
      wish({{field, {0x01000000, 0xdfffffff}}});
    } else {
      // 2001:db8::/32 (RFC 3849), then global unicast 2000::/3 (RFC 4291 section 2.4).
      const AddressBits documentation = AddressBits{0x20010db8} << 96;
      if (wish(field, documentation | AddressBits{end == End::Remote} << 80 | 7)) return;
      wish({{field, {AddressBits{0x2} << 124, (AddressBits{0x4} << 124) - 1}}});
    }
    wish({{field, {1, max_key(field)}}});
    settle(field, host_in(possible(field)));
  }

  Packet packet() {
    Packet made{.version = version_,
                .protocol = protocol_,
                .transport = static_cast<Transport>(box_at(Field::Transport).first),
                .source = address(source_end(direction_)),
                .destination = address(destination_end(direction_))};
    if (made.transport != Transport::Readable) return made;
    if (has_ports(protocol_)) {
      made.source_port = port_at(source_end(direction_));
      made.destination_port = port_at(destination_end(direction_));
    }
    if (has_icmp(version_, protocol_)) {
      made.icmp_type = static_cast<std::uint8_t>(box_at(Field::IcmpType).first);
      made.icmp_code = static_cast<std::uint8_t>(box_at(Field::IcmpCode).first);
    }
    return made;
  }
  Address address(End end) { return {version_, box_at(address_field(end, version_)).first}; }

  Diagram& diagram_;
  DiagramNode set_;
  Direction direction_;
  std::array<Interval, kFieldCount> box_, path_;
  IpVersion version_ = IpVersion::V4;
  Protocol protocol_;
};

}  // namespace

std::optional<Packet> PacketSpace::witness(PacketSet a, Direction direction, const WitnessHints& hints) {
  if (empty(a)) return std::nullopt;
  return WitnessSearch(impl_->diagram, a.map.node, direction).run(hints);
}

}  // namespace untrack::ir
