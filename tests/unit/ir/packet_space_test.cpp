#include "ir/packet_space.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace untrack::ir;

static AddressSet addresses(std::initializer_list<const char*> texts) {
  std::vector<Cidr> prefixes;
  for (const char* text : texts) prefixes.push_back(Cidr::parse(text).value());
  return AddressSet(std::move(prefixes));
}
static Packet packet(const char* text) {
  return parse_packet(text).value();
}

static constexpr const char* kPackets[] = {"tcp 10.0.0.7:40000 > 10.0.1.2:80",
                                           "udp 10.0.0.7:53 > 10.0.1.2:53",
                                           "sctp 10.0.0.7:1 > 10.0.1.2:2",
                                           "tcp [2001:db8::1]:1 > [2001:db8::2]:80",
                                           "icmp 8/0 10.0.0.7 > 10.0.1.2",
                                           "icmp 3/4 10.0.0.7 > 10.0.1.2",
                                           "icmpv6 128/0 ::1 > ::2",
                                           "icmpv6 10.0.0.7 > 10.0.1.2",
                                           "icmp ::1 > ::2",
                                           "89 10.0.0.7 > 10.0.1.2",
                                           "89 ::1 > ::2",
                                           "udplite 10.0.0.7 > 10.0.1.2",
                                           "tcp later-fragment 10.0.0.7 > 10.0.1.2",
                                           "tcp cut-off 10.0.0.7 > 10.0.1.2",
                                           "icmp later-fragment 10.0.0.7 > 10.0.1.2",
                                           "icmp cut-off 10.0.0.7 > 10.0.1.2",
                                           "89 later-fragment 10.0.0.7 > 10.0.1.2",
                                           "icmp later-fragment ::1 > ::2",
                                           "icmpv6 cut-off ::1 > ::2"};

TEST_CASE("packet space: each property holds of the packets that have it, and of no others") {
  PacketSpace space;
  struct Property {
    PacketSet set;
    bool (*holds)(const Packet&);
  };
  const SocketSet sockets({{*Address::parse("10.0.0.7"), kTcp, 40000},
                           {*Address::parse("10.0.1.2"), kUdp, 53},
                           {*Address::parse("2001:db8::2"), kTcp, 80},
                           {*Address::parse("10.0.0.7"), kUdpLite, 53}});
  const Property properties[] = {
      {space.everything(), [](const Packet&) { return true; }},
      {space.nothing(), [](const Packet&) { return false; }},
      {space.version(IpVersion::V4), [](const Packet& p) { return p.version == IpVersion::V4; }},
      {space.version(IpVersion::V6), [](const Packet& p) { return p.version == IpVersion::V6; }},
      {space.protocol(kTcp), [](const Packet& p) { return p.protocol == kTcp; }},
      {space.protocol({89}), [](const Packet& p) { return p.protocol == Protocol{89}; }},
      {space.transport(Transport::Readable),
       [](const Packet& p) { return p.transport == Transport::Readable; }},
      {space.transport(Transport::LaterFragment),
       [](const Packet& p) { return p.transport == Transport::LaterFragment; }},
      {space.transport(Transport::CutOff), [](const Packet& p) { return p.transport == Transport::CutOff; }},
      {space.ports(End::Remote, PortSet({{53, 53}, {40000, 65535}})),
       [](const Packet& p) { return p.source_port && (*p.source_port == 53 || *p.source_port >= 40000); }},
      {space.ports(End::Local, PortSet({{0, 65535}})),
       [](const Packet& p) { return p.destination_port.has_value(); }},
      {space.ports(End::Local, PortSet()), [](const Packet&) { return false; }},
      {space.icmp(8, 8, 0, 255), [](const Packet& p) { return p.icmp_type == 8; }},
      {space.icmp(3, 128, 0, 3),
       [](const Packet& p) { return p.icmp_type >= 3 && p.icmp_type <= 128 && *p.icmp_code <= 3; }},
      {space.sockets(End::Remote, sockets), [](const Packet& p) { return p.source_port == 40000; }},
      {space.sockets(End::Local, sockets),
       [](const Packet& p) {
         return p.destination_port && (p.protocol == kUdp || p.version == IpVersion::V6);
       }},
      {space.address(End::Remote, addresses({"10.0.0.0/24", "::/0"})), [](const Packet&) { return true; }},
      {space.address(End::Local, addresses({"0.0.0.0/0"})),
       [](const Packet& p) { return p.version == IpVersion::V4; }},
      {space.address(End::Local, addresses({"10.0.0.0/24"})), [](const Packet&) { return false; }},
  };
  for (std::size_t i = 0; i < std::size(properties); ++i) {
    CAPTURE(i);
    for (const char* text : kPackets) {
      CAPTURE(text);
      CHECK(space.contains(properties[i].set, packet(text), Direction::Ingress) ==
            properties[i].holds(packet(text)));
    }
  }
}

TEST_CASE("packet space: equal sets are equal ids, however they were built") {
  PacketSpace space;
  const PacketSet all = space.everything();
  CHECK(space.unite(space.version(IpVersion::V4), space.version(IpVersion::V6)) == all);
  PacketSet transports = space.transport(Transport::CutOff);
  transports = space.unite(transports, space.transport(Transport::LaterFragment));
  CHECK(space.complement(transports) == space.transport(Transport::Readable));
  CHECK(space.unite(transports, space.transport(Transport::Readable)) == all);
  PacketSet protocols = space.nothing();
  for (unsigned number = 0; number <= 255; ++number) {
    protocols = space.unite(protocols, space.protocol({static_cast<std::uint8_t>(number)}));
  }
  CHECK(protocols == all);
  CHECK(space.address(End::Remote, addresses({"0.0.0.0/0", "::/0"})) == all);
  CHECK(space.unite(space.address(End::Local, addresses({"10.0.0.0/9"})),
                    space.address(End::Local, addresses({"10.128.0.0/9"}))) ==
        space.address(End::Local, addresses({"10.0.0.0/8"})));
  CHECK(space.icmp(0, 255, 0, 255) ==
        space.intersect(space.transport(Transport::Readable),
                        space.unite(space.intersect(space.version(IpVersion::V4), space.protocol(kIcmp)),
                                    space.intersect(space.version(IpVersion::V6), space.protocol(kIcmp6)))));
  const SocketSet one({{*Address::parse("10.0.0.7"), kTcp, 80}});
  for (const End end : {End::Remote, End::Local}) {
    CHECK(space.sockets(end, one) ==
          space.intersect(space.intersect(space.address(end, addresses({"10.0.0.7"})), space.protocol(kTcp)),
                          space.ports(end, PortSet({{80, 80}}))));
  }
}

TEST_CASE("packet space: small and large sets meet where both have edges, however far apart those are") {
  PacketSpace space;
  std::vector<Cidr> even;  // every other /24 of 10.0.0.0/12
  for (AddressBits net = 0; net < 4096; net += 2)
    even.emplace_back(Address{IpVersion::V4, (AddressBits{10} << 24) + (net << 8)}, 24);
  const PacketSet large = space.address(End::Remote, AddressSet(even));
  for (const AddressBits net : {0u, 1u, 2u, 3u, 7u, 8u, 1000u, 1001u, 4093u, 4094u, 4095u, 4096u, 5000u}) {
    for (const int bits : {25, 24, 22, 17}) {
      const Cidr one(Address{IpVersion::V4, (AddressBits{10} << 24) + (net << 8)}, bits);
      const PacketSet small = space.address(End::Remote, AddressSet({one}));
      std::vector<Cidr> in, out;
      for (const Cidr& each : even) {
        if (one.contains(each)) in.push_back(each);
        if (each.contains(one) && !one.contains(each)) in.push_back(one);
        if (!one.contains(each)) out.push_back(each);
      }
      const PacketSet shared = space.address(End::Remote, AddressSet(in));
      CHECK(space.intersect(small, large) == shared);
      CHECK(space.intersect(large, small) == shared);
      CHECK(space.subtract(small, large) == space.subtract(small, shared));
      CHECK(space.subtract(large, small) == space.subtract(large, shared));
      if (bits <= 24) CHECK(space.subtract(large, small) == space.address(End::Remote, AddressSet(out)));
      CHECK(space.complement(space.unite(space.complement(small), space.complement(large))) == shared);
    }
  }
}

TEST_CASE("packet space: a single packet is in its set and alone there") {
  PacketSpace space;
  for (const char* text : kPackets) {
    CAPTURE(text);
    for (const Direction direction : kDirections) {
      const PacketSet single = space.single(packet(text), direction);
      CHECK(space.witness(single, direction) == packet(text));
      const PacketSet others = space.complement(single);
      for (const char* other : kPackets) {
        CHECK(space.contains(others, packet(other), direction) == (packet(other) != packet(text)));
      }
      CHECK(space.unite(others, single) == space.everything());
    }
  }
}

TEST_CASE("packet space: a single packet is what its properties have in common") {
  PacketSpace space;
  for (const char* text : kPackets) {
    CAPTURE(text);
    const Packet p = packet(text);
    PacketSet common = space.intersect(space.version(p.version), space.protocol(p.protocol));
    common = space.intersect(common, space.transport(p.transport));
    common = space.intersect(common, space.address(End::Local, AddressSet({Cidr(p.source)})));
    common = space.intersect(common, space.address(End::Remote, AddressSet({Cidr(p.destination)})));
    if (p.source_port) {
      const PortRange source{*p.source_port, *p.source_port},
          destination{*p.destination_port, *p.destination_port};
      common = space.intersect(common, space.ports(End::Local, PortSet({source})));
      common = space.intersect(common, space.ports(End::Remote, PortSet({destination})));
    }
    if (p.icmp_type)
      common = space.intersect(common, space.icmp(*p.icmp_type, *p.icmp_type, *p.icmp_code, *p.icmp_code));
    CHECK(space.single(p, Direction::Egress) == common);
  }
}

TEST_CASE("packet space: a packet and its reply differ in nothing but direction") {
  PacketSpace space;
  for (const char* text : kPackets) {
    CAPTURE(text);
    const PacketSet requests = space.single(packet(text), Direction::Ingress);
    const auto reply = reply_to(packet(text));
    const PacketSet expected = reply ? space.single(*reply, Direction::Egress) : space.nothing();
    CHECK(space.replies_of(requests) == expected);
    if (!packet(text).icmp_type) CHECK(space.replies_of(requests) == requests);
  }
}

TEST_CASE("packet space: only ICMP messages without an answer have no reply") {
  PacketSpace space;
  const PacketSet answers = space.replies_of(space.everything());
  CHECK(space.replies_of(answers) == answers);
  const PacketSet without = space.complement(answers);
  CHECK(space.intersect(without, space.icmp(0, 255, 0, 255)) == without);
  std::set<std::string> types;
  for (unsigned type = 0; type <= 255; ++type) {
    const auto number = static_cast<std::uint8_t>(type);
    for (const IpVersion version : kIpVersions) {
      const PacketSet message = space.intersect(space.icmp(number, number, 0, 255), space.version(version));
      const bool vanishes = space.empty(space.replies_of(message));
      CHECK(vanishes == !icmp_reply_type(version, number));
      if (!vanishes)
        types.insert(std::string(version == IpVersion::V4 ? "icmp " : "icmpv6 ") + std::to_string(type));
    }
  }
  CHECK(types.size() == 12);
}

TEST_CASE("packet space: functions are chosen, combined, mapped and asked") {
  PacketSpace space;
  const PacketMap tcp = space.choose(space.protocol(kTcp), 7, 3);
  const PacketMap v4 = space.choose(space.version(IpVersion::V4), 10, 20);
  int asked = 0;
  const PacketMap sum = space.combine(tcp, v4, [&](Leaf x, Leaf y) { return ++asked, x + y; });
  CHECK(asked == 4);
  CHECK(space.leaves(sum) == std::vector<Leaf>{13, 17, 23, 27});
  CHECK(space.at(sum, packet("tcp 10.0.0.1:1 > 10.0.0.2:2"), Direction::Egress) == 17);
  CHECK(space.where(sum, 23) == space.subtract(space.version(IpVersion::V6), space.protocol(kTcp)));
  CHECK(space.where(sum, 99) == space.nothing());
  CHECK(space.map(sum, [](Leaf x) { return x / 10; }) == space.choose(space.version(IpVersion::V4), 1, 2));
  CHECK(space.map(sum, [](Leaf) { return Leaf{5}; }) == space.constant(5));
  CHECK(space.combine(v4, tcp, [](Leaf x, Leaf y) { return x + y; }) == sum);
  CHECK(space.leaves(sum, space.version(IpVersion::V6)) == std::vector<Leaf>{23, 27});
  CHECK(space.leaves(sum, space.nothing()).empty());
  CHECK(space.parts(sum).size() == 4);
  CHECK(space.parts(sum).at(23) == space.where(sum, 23));
}

// A leaf of its own for each of 64 remote nets.
static PacketMap nets(PacketSpace& space) {
  PacketMap map = space.constant(0);
  for (unsigned i = 0; i < 64; ++i) {
    const AddressSet net({Cidr(Address(IpVersion::V4, AddressBits{i} << 8), 24)});
    map = space.combine(map, space.choose(space.address(End::Remote, net), i + 1, 0),
                        [](Leaf x, Leaf y) { return x + y; });
  }
  return map;
}

TEST_CASE("packet space: the parts of a function are within the budget too") {
  PacketSpace large;
  const PacketMap map = nets(large);
  const std::size_t edges = large.edge_count();
  CHECK(large.parts(map).size() == 65);
  PacketSpace small(edges);
  CHECK(small.leaves(nets(small)).size() == 65);
  CHECK_FALSE(small.exhausted());
  CHECK(small.parts(nets(small)).empty());
  CHECK(small.exhausted());
}

TEST_CASE("packet space: leaves may be any number") {
  PacketSpace space;
  const PacketMap map = space.choose(space.protocol(kTcp), 0xffffffff, 0xfffffffe);
  CHECK(space.leaves(map) == std::vector<Leaf>{0xfffffffe, 0xffffffff});
  CHECK(space.where(map, 0xffffffff) == space.protocol(kTcp));
}

TEST_CASE("packet space: an exhausted space says so and holds nothing") {
  PacketSpace space(200);
  CHECK_FALSE(space.exhausted());
  PacketSet set = space.nothing();
  for (std::uint8_t i = 0; i < 200; ++i) {
    const AddressSet host({Cidr(Address(IpVersion::V4, AddressBits{i} << 8))});
    const Port port = i;
    set = space.unite(set, space.intersect(space.address(End::Remote, host),
                                           space.ports(End::Local, PortSet({{port, port}}))));
  }
  CHECK(space.exhausted());
  CHECK(space.edge_count() <= 200);
  CHECK(set == space.nothing());
  CHECK(space.everything() == space.nothing());
  CHECK(space.empty(space.complement(set)));
  CHECK_FALSE(space.witness(space.everything(), Direction::Ingress));
}

// 40 port sets by turns over 1600 addresses, in an order of its own: with another such set, every pair of
// port sets meets. `parity` keeps the two sets apart.
static SocketSet interleaved_sockets(bool by_row, Port parity) {
  std::vector<SocketAddress> members;
  for (unsigned host = 0; host < 1600; ++host) {
    const unsigned turn = by_row ? host / 40 : host % 40;
    for (unsigned i = 0; i < 60; ++i) {
      const unsigned scattered = (i * (2 * turn + 1) * 641 + turn) % 16384;
      members.push_back({Address(IpVersion::V4, host), kTcp, static_cast<Port>(2 * scattered + parity)});
    }
  }
  return SocketSet(std::move(members));
}

TEST_CASE("packet space: an operation with a small result but much to look at is within the budget too") {
  const SocketSet rows = interleaved_sockets(true, 0), columns = interleaved_sockets(false, 1);
  for (const std::size_t budget : {13'000, 1'000'000}) {
    PacketSpace space(budget);
    const PacketSet even = space.sockets(End::Remote, rows), odd = space.sockets(End::Remote, columns);
    CHECK_FALSE(space.exhausted());
    CHECK(space.empty(space.intersect(even, odd)));
    CHECK(space.exhausted() == (budget == 13'000));
  }
}

TEST_CASE("packet space: a witness is natural") {
  PacketSpace space;
  const auto witness = [&](PacketSet set, const WitnessHints& hints = {},
                           Direction direction = Direction::Ingress) {
    const auto found = space.witness(set, direction, hints);
    return found ? to_string(*found) : std::string("none");
  };
  const PacketSet all = space.everything();
  CHECK(witness(all) == "tcp 198.51.100.7:40000 > 192.0.2.7:40000");
  CHECK(witness(all, {}, Direction::Egress) == "tcp 192.0.2.7:40000 > 198.51.100.7:40000");
  CHECK(witness(space.nothing()) == "none");
  CHECK(witness(space.version(IpVersion::V6)) == "tcp [2001:db8:1::7]:40000 > [2001:db8::7]:40000");
  CHECK(witness(space.protocol(kUdp)) == "udp 198.51.100.7:40000 > 192.0.2.7:40000");
  CHECK(witness(space.icmp(0, 255, 0, 255)) == "icmp 8/0 198.51.100.7 > 192.0.2.7");
  CHECK(witness(space.icmp(3, 4, 4, 9)) == "icmp 3/4 198.51.100.7 > 192.0.2.7");
  CHECK(witness(space.transport(Transport::CutOff)) == "tcp cut-off 198.51.100.7 > 192.0.2.7");
  CHECK(witness(space.subtract(space.transport(Transport::CutOff), space.protocol(kTcp))) ==
        "udp cut-off 198.51.100.7 > 192.0.2.7");
  CHECK(witness(space.intersect(space.protocol({99}), space.transport(Transport::LaterFragment))) ==
        "99 later-fragment 198.51.100.7 > 192.0.2.7");
  CHECK(witness(space.ports(End::Local, PortSet({{12211, 12211}}))) ==
        "tcp 198.51.100.7:40000 > 192.0.2.7:12211");
  CHECK(witness(space.ports(End::Local, PortSet({{0, 0}, {90, 99}}))) ==
        "tcp 198.51.100.7:40000 > 192.0.2.7:90");
  CHECK(witness(space.ports(End::Local, PortSet({{0, 0}}))) == "tcp 198.51.100.7:40000 > 192.0.2.7:0");
}

TEST_CASE("packet space: the addresses of a witness are hosts") {
  PacketSpace space;
  const auto host = [&](std::initializer_list<const char*> remote) {
    return space.witness(space.address(End::Remote, addresses(remote)), Direction::Ingress)
        ->source.to_string();
  };
  CHECK(host({"10.128.0.128/25"}) == "10.128.0.129");
  CHECK(host({"10.0.0.255/32"}) == "10.0.0.255");
  CHECK(host({"10.0.0.254/31"}) == "10.0.0.254");
  CHECK(host({"10.0.255.255", "10.1.0.0/16"}) == "10.1.0.1");
  CHECK(host({"0.0.0.0/8", "10.0.0.0/8"}) == "10.0.0.1");
  CHECK(host({"0.0.0.0/32"}) == "0.0.0.0");
  CHECK(host({"0.0.0.0/31"}) == "0.0.0.1");
  CHECK(host({"239.0.0.0/8"}) == "239.0.0.1");
  CHECK(host({"fd00::/8"}) == "fd00::1");
  CHECK(host({"2a00::/12"}) == "2a00::1");
}

TEST_CASE("packet space: a witness takes the first hint that is in the set") {
  PacketSpace space;
  const WitnessHints hints{{*Address::parse("10.0.0.1"), *Address::parse("10.0.0.2")},
                           {*Address::parse("2001:db8::5"), *Address::parse("10.9.9.9")},
                           {12211, 80}};
  const auto witness = [&](PacketSet set, Direction direction) {
    return to_string(*space.witness(set, direction, hints));
  };
  const PacketSet not_first =
      space.subtract(space.everything(), space.address(End::Local, addresses({"10.0.0.1"})));
  CHECK(witness(space.everything(), Direction::Ingress) == "tcp 10.9.9.9:40000 > 10.0.0.1:12211");
  CHECK(witness(not_first, Direction::Ingress) == "tcp 10.9.9.9:40000 > 10.0.0.2:12211");
  CHECK(witness(space.ports(End::Local, PortSet({{80, 80}})), Direction::Egress) ==
        "tcp 10.0.0.1:80 > 10.9.9.9:12211");
  CHECK(witness(space.version(IpVersion::V6), Direction::Ingress) ==
        "tcp [2001:db8::5]:40000 > [2001:db8::7]:12211");
}
