#include <algorithm>
#include <array>
#include <string>

#include "tests/property/generate.h"

namespace untrack::property {

using namespace ir;

namespace {

class ListGenerator {
 public:
  explicit ListGenerator(std::uint64_t seed) : random_(seed) {}

  Ruleset ruleset(ListKind kind) {
    ruleset_.node = "node-1";
    const Direction direction = random_.pick(kDirections);
    InterfaceHook hook{"eth0", direction, {{"failsafe", {}}, {"tier default", {}}}};
    add(hook, 0, Match{.protocol = kTcp, .destination = {.ports = PortMatch{PortSet({{22, 22}}), {}}}},
        Track{});
    const bool few = kind == ListKind::Nets || kind == ListKind::Regions;
    const std::size_t count = few                                                  ? 2 + random_.below(3)
                              : kind == ListKind::Peers || kind == ListKind::Pairs ? 100 + random_.below(200)
                                                                                   : 30 + random_.below(60);
    for (std::size_t i = 0; i < count; ++i) add(hook, 1, match(kind, direction), action(kind));
    // What follows a long list, and another tier behind it.
    if (random_.chance(40)) add(hook, 1, Match{.protocol = kTcp}, NextBlock{});
    if (random_.chance(40)) {
      hook.blocks.push_back({"tier last", {}});
      add(hook, 2, match(ListKind::Services, direction), Drop{});
    }
    ruleset_.hooks.push_back(std::move(hook));
    ruleset_.address_set_origins.resize(ruleset_.address_sets.size());
    return std::move(ruleset_);
  }

 private:
  static void add(InterfaceHook& hook, std::size_t block, Match match, Action action) {
    std::vector<Rule>& rules = hook.blocks[block].rules;
    const Provenance origin{
        block == 0 ? "failsafe" : "gnp/list", hook.direction, static_cast<std::uint32_t>(rules.size()), {}};
    rules.push_back({std::move(match), std::move(action), {origin}});
  }

  Action action(ListKind kind) {
    const std::uint64_t dice = random_.below(100);
    if (dice < 75) return Untrack{};
    if (dice < 92 || kind == ListKind::Services) return Drop{};
    if (kind == ListKind::Peers) return Track{};
    return LogPacket{"long list: ", random_.chance(kind == ListKind::Pairs ? 3 : 30)
                                        ? std::optional(LogLimit{10, "second", 5})
                                        : std::nullopt};
  }

  Match match(ListKind kind, Direction direction) {
    switch (kind) {
      case ListKind::Services: return service(direction);
      case ListKind::Ports: return both_ports();
      case ListKind::Nets: return many_nets(direction);
      case ListKind::Regions: return regions(direction);
      case ListKind::Pairs: return pair();
      case ListKind::Icmp: return message();
      case ListKind::Peers: return peer_of_port(direction);
    }
    __builtin_unreachable();
  }

  static SideMatch& peer(Match& match, Direction direction) {
    return direction == Direction::Ingress ? match.source : match.destination;
  }

  // Ports of the server: where requests go to, or where replies come from.
  Match service(Direction direction) {
    Match made{.protocol = random_.chance(60) ? kTcp : random_.chance(80) ? kUdp : kSctp};
    SideMatch& server = direction == Direction::Ingress ? made.destination : made.source;
    server.ports = PortMatch{ports(random_.chance(10) ? 20 : 3), {}};
    if (random_.chance(85)) peer(made, direction).in.push_back(nets(1 + random_.below(5), 1000));
    return made;
  }

  // Some rules name no peer, or no port; peers are of one length of prefix, and rarely a wide
  // net around others.
  Match peer_of_port(Direction direction) {
    Match made;
    if (random_.chance(peers_with_ports_)) {
      made.protocol = random_.chance(60) ? kTcp : kUdp;
      const auto first = static_cast<Port>(1 + random_.below(random_.chance(30) ? 2 : 200));
      const auto width = static_cast<Port>(random_.chance(90) ? 0 : random_.below(100));
      const PortSet wanted({{first, static_cast<Port>(first + width)}});
      (direction == Direction::Ingress ? made.destination : made.source).ports = PortMatch{wanted, {}};
    }
    if (made.protocol && random_.chance(7)) return made;
    if (!made.protocol && random_.chance(10)) made.protocol = random_.chance(50) ? kTcp : Protocol{47};
    std::vector<Cidr> peers;
    const std::size_t count = 1 + random_.below(5);
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t place = random_.below(400) << (34 - peer_bits_);  // neighbours would be one net
      const int bits = random_.chance(97) ? peer_bits_ : peer_bits_ - static_cast<int>(random_.below(10));
      const bool v4 = random_.chance(80);
      if (v4) peers.emplace_back(Address(IpVersion::V4, 0x0a000000u + place), bits);
      if (!v4 || random_.chance(10))
        peers.emplace_back(Address(IpVersion::V6, AddressBits{0x20010db8} << 96 | AddressBits{place} << 64),
                           bits + 32);
    }
    peer(made, direction).in.push_back(ruleset_.address_sets.intern(AddressSet(std::move(peers))));
    if (random_.chance(4)) made.ip_version = random_.pick(kIpVersions);
    return made;
  }

  Match both_ports() {
    Match made{.protocol = random_.chance(70) ? kTcp : kUdp};
    made.destination.ports = PortMatch{ports(3), {}};
    if (random_.chance(40)) made.source.ports = PortMatch{ports(3), {}};
    if (random_.chance(20)) made.source.not_ports = PortMatch{ports(2), {}};
    if (random_.chance(20)) made.destination.ports->sockets.push_back(sockets(*made.protocol));
    if (random_.chance(20)) made.destination.not_ports.sockets.push_back(sockets(*made.protocol));
    if (random_.chance(40)) made.source.in.push_back(nets(1 + random_.below(12), 1000));
    if (random_.chance(15)) made.destination.not_in.push_back(nets(1 + random_.below(3), 1000));
    if (random_.chance(10)) made.ip_version = random_.pick(kIpVersions);
    return made;
  }

  Match many_nets(Direction direction) {
    Match made;
    const std::size_t count = random_.chance(50) ? 1200 : 20 + random_.below(60);
    SideMatch& far = peer(made, direction);
    (random_.chance(80) ? far.in : far.not_in).push_back(nets(count, 1u << 31));
    if (random_.chance(40)) {
      made.protocol = kTcp;
      made.destination.ports = PortMatch{ports(3), {}};
    }
    return made;
  }

  // Of nets of all lengths, some within others.
  Match pair() {
    Match made;
    for (SideMatch* side : {&made.source, &made.destination}) {
      if (random_.chance(85)) side->in.push_back(places());
      if (random_.chance(15)) side->not_in.push_back(nets(1 + random_.below(2), 1000));
    }
    if (random_.chance(ports_of_pairs_)) {
      made.protocol = random_.chance(70) ? kTcp : kUdp;
      made.destination.ports = PortMatch{PortSet({{443, 443}}), {}};
      if (random_.chance(5)) made.destination.ports = PortMatch{ports(3), {}};
      if (random_.chance(5)) made.source.not_ports = PortMatch{ports(2), {}};
    } else if (random_.chance(20)) {
      made.protocol = random_.pick(std::array{kTcp, Protocol{47}});
    }
    return made;
  }

  // Up to three, of which one in twenty is wide.
  AddressSetId places() {
    std::vector<Cidr> made;
    const std::size_t count = 1 + random_.below(3);
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t place = random_.below(std::uint64_t{1} << 20);
      const int bits = random_.chance(5) ? 12 : 24 + static_cast<int>(random_.below(9));
      made.emplace_back(Address(IpVersion::V4, 0x0a000000u + place), bits);
      if (random_.chance(40))
        made.emplace_back(Address(IpVersion::V6, AddressBits{0x20010db8} << 96 | AddressBits{place} << 64),
                          32 + bits);
    }
    return ruleset_.address_sets.intern(AddressSet(std::move(made)));
  }

  Match regions(Direction direction) {
    Match made;
    SideMatch& far = random_.chance(85) ? peer(made, direction) : other(made, direction);
    (random_.chance(80) ? far.in : far.not_in).push_back(many_lengths());
    if (random_.chance(20)) other(made, direction).in.push_back(many_lengths());
    if (random_.chance(20)) far.not_in.push_back(nets(1 + random_.below(3), 1000));
    if (random_.chance(25)) made.protocol = random_.pick(std::array{kTcp, kUdp, Protocol{47}});
    if (made.protocol && ir::has_ports(*made.protocol) && random_.chance(60)) {
      made.destination.ports = PortMatch{ports(3), {}};
      if (random_.chance(30)) made.destination.ports->sockets.push_back(sockets(*made.protocol));
    }
    return made;
  }
  static SideMatch& other(Match& match, Direction direction) {
    return direction == Direction::Ingress ? match.destination : match.source;
  }

  // Nets of 9 to 16 lengths within one to four places.
  AddressSetId many_lengths() {
    std::vector<Cidr> made;
    const std::uint64_t places = 1 + random_.below(4);
    const int width = 8 + static_cast<int>(random_.below(13)),
              lengths = 9 + static_cast<int>(random_.below(8));
    const std::size_t count = 200 + random_.below(400);
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t place = random_.below(places) * 0x2d000000 + 0x0a000000;
      const int bits =
          32 - static_cast<int>(random_.below(static_cast<std::uint64_t>(std::min(lengths, width))));
      const std::uint64_t at = place + random_.below(std::uint64_t{1} << width);
      made.emplace_back(Address(IpVersion::V4, at), bits);
      if (random_.chance(40)) {
        made.emplace_back(Address(IpVersion::V6, AddressBits{0x20010db8} << 96 | AddressBits{at} << 32),
                          64 + bits);
      }
    }
    return ruleset_.address_sets.intern(AddressSet(std::move(made)));
  }

  Match message() {
    Match made;
    const IpVersion version = random_.pick(kIpVersions);
    if (random_.chance(70)) {
      made.ip_version = version;
      made.protocol = version == IpVersion::V4 ? kIcmp : kIcmp6;
      IcmpMatch icmp{static_cast<std::uint8_t>(random_.below(20) + (version == IpVersion::V4 ? 0 : 120)), {}};
      if (random_.chance(40)) icmp.code = static_cast<std::uint8_t>(random_.below(5));
      (random_.chance(80) ? made.icmp : made.not_icmp) = icmp;
    } else {
      made.protocol = Protocol{static_cast<std::uint8_t>(random_.below(256))};
      if (made.protocol->number == 0) made.protocol = Protocol{89};  // no backend of ours can name protocol 0
    }
    if (random_.chance(70)) made.source.in.push_back(nets(1 + random_.below(12), 1000));
    return made;
  }

  PortSet ports(std::size_t most) {
    std::vector<PortRange> ranges;
    const std::size_t count = 1 + random_.below(most);
    for (std::size_t i = 0; i < count; ++i) {
      const auto first = static_cast<Port>(1 + random_.below(400));
      const std::uint64_t width = random_.chance(70) ? 0 : random_.below(random_.chance(50) ? 8 : 100);
      ranges.push_back({first, static_cast<Port>(first + width)});
    }
    return PortSet(std::move(ranges));
  }

  // `spread` apart at most: near ones overlap, far ones stay many.
  AddressSetId nets(std::size_t count, std::uint64_t spread) {
    static constexpr std::array kBits = {14, 20, 24, 24, 28, 32, 32, 32};
    std::vector<Cidr> made;
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t place = random_.below(spread);
      const int bits = spread > 1000 ? random_.pick(kBits) : 32 - static_cast<int>(random_.below(9));
      made.emplace_back(Address(IpVersion::V4, (0x0a000000u + place) & 0xffffffffu), bits);
      if (random_.chance(60)) {
        made.emplace_back(Address(IpVersion::V6, AddressBits{0x20010db8} << 96 | AddressBits{place} << 32),
                          64 + bits);
      }
    }
    return ruleset_.address_sets.intern(AddressSet(std::move(made)));
  }

  SocketSetId sockets(Protocol protocol) {
    std::vector<SocketAddress> members;
    const std::size_t count = 1 + random_.below(6);
    for (std::size_t i = 0; i < count; ++i) {
      members.push_back({Address(IpVersion::V4, 0x0a000000u + random_.below(1000)), protocol,
                         static_cast<Port>(1 + random_.below(400))});
    }
    return ruleset_.socket_sets.intern(SocketSet(std::move(members)));
  }

  Random random_;
  const int peers_with_ports_ = random_.chance(20) ? 5 : 95;  // of a hundred
  const int ports_of_pairs_ = random_.pick(std::array{0, 50, 100});
  const int peer_bits_ = random_.pick(std::array{24, 32});  // of nearly all peers
  Ruleset ruleset_;
};

}  // namespace

Ruleset random_list(std::uint64_t seed, ListKind kind) {
  return ListGenerator(seed * std::size(kListKinds) + static_cast<std::uint64_t>(kind)).ruleset(kind);
}

}  // namespace untrack::property
