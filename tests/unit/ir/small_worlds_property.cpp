// Every ruleset of a small world, every packet that its rules can tell apart.
#include <doctest/doctest.h>

#include <array>
#include <utility>

#include "ir/evaluate.h"
#include "ir/meaning.h"

using namespace untrack::ir;

namespace {

struct World {
  Ruleset ruleset;
  std::vector<Match> matches;
  std::vector<Packet> packets;
};

constexpr std::array<Action (*)(), 5> kActions = {
    []() -> Action { return Untrack{}; }, []() -> Action { return Drop{}; },
    []() -> Action { return NextBlock{}; }, []() -> Action { return LogPacket{"l: ", {}}; },
    []() -> Action { return Track{}; }};

}  // namespace

static std::vector<SideMatch> sides(Ruleset& ruleset) {
  const AddressSetId near =
      ruleset.address_sets.intern(AddressSet({*Cidr::parse("10.0.0.0/31"), *Cidr::parse("::1/128")}));
  const AddressSetId wide = ruleset.address_sets.intern(AddressSet({*Cidr::parse("10.0.0.0/30")}));
  const SocketSetId named = ruleset.socket_sets.intern(
      SocketSet({{*Address::parse("10.0.0.1"), kTcp, 80}, {*Address::parse("::1"), kUdp, 81}}));
  std::vector<SideMatch> all(1);
  for (const AddressSetId id : {near, wide}) {
    all.push_back({.in = {id}});
    all.push_back({.not_in = {id}});
  }
  all.push_back({.in = {wide}, .not_in = {near}});
  for (const PortMatch& ports :
       {PortMatch{PortSet({{80, 80}}), {}}, PortMatch{PortSet({{0, 80}, {65535, 65535}}), {}},
        PortMatch{PortSet(), {named}}, PortMatch{PortSet({{81, 81}}), {named}}}) {
    all.push_back({.ports = ports});
    all.push_back({.not_ports = ports});
  }
  all.push_back(
      {.in = {near}, .ports = PortMatch{PortSet({{80, 81}}), {}}, .not_ports = {PortSet({{81, 81}}), {}}});
  all.push_back({.ports = PortMatch{}});
  return all;
}

// One side at a time with every protocol; every protocol with every kind of ICMP match.
static std::vector<Match> matches(Ruleset& ruleset) {
  std::vector<Match> protocols(1);
  for (const Protocol p : {kTcp, kUdp, kIcmp}) protocols.push_back({.protocol = p});
  protocols.push_back({.not_protocol = kTcp});
  std::vector<Match> all;
  for (const SideMatch& side : sides(ruleset)) {
    for (Match match : protocols) {
      match.source = side;
      all.push_back(match);
      if (side.any()) continue;
      match.source = {};
      match.destination = side;
      all.push_back(match);
    }
  }
  protocols.push_back({.protocol = kIcmp6});
  protocols.push_back({.ip_version = IpVersion::V6});
  for (const Match& protocol : protocols) {
    for (const IcmpMatch& icmp : {IcmpMatch{8, std::nullopt}, IcmpMatch{8, 0}, IcmpMatch{128, 255}}) {
      Match match = protocol;
      match.icmp = icmp;
      all.push_back(match);
      match.icmp.reset();
      match.not_icmp = icmp;
      all.push_back(match);
    }
  }
  return all;
}

static void add_packets(std::vector<Packet>& packets, Packet packet) {
  static constexpr Port kPorts[] = {0, 79, 80, 81, 82, 65535};
  static constexpr std::uint8_t kTypes[] = {0, 7, 8, 9, 128, 255}, kCodes[] = {0, 1, 255};
  packet.transport = Transport::LaterFragment;
  packets.push_back(packet);
  if (has_header(packet.version, packet.protocol)) {
    packet.transport = Transport::CutOff;
    packets.push_back(packet);
  }
  packet.transport = Transport::Readable;
  if (has_ports(packet.protocol)) {
    for (const Port source : kPorts) {
      for (const Port destination : kPorts) {
        packet.source_port = source;
        packet.destination_port = destination;
        packets.push_back(packet);
      }
    }
  } else if (has_icmp(packet.version, packet.protocol)) {
    for (const std::uint8_t type : kTypes) {
      for (const std::uint8_t code : kCodes) {
        packet.icmp_type = type;
        packet.icmp_code = code;
        packets.push_back(packet);
      }
    }
  } else {
    packets.push_back(packet);
  }
}

static std::vector<Packet> all_packets() {
  std::vector<Packet> packets;
  for (const IpVersion version : kIpVersions) {
    const AddressBits net = version == IpVersion::V4 ? 0x0a000000 : 0;
    for (const Protocol protocol : {kTcp, kUdp, kSctp, kIcmp, kIcmp6, Protocol{0}, Protocol{255}}) {
      for (const AddressBits source : {net - 1, net, net + 1, net + 2, net + 4}) {
        for (const AddressBits destination : {net, net + 1, net + 3}) {
          add_packets(packets, {.version = version,
                                .protocol = protocol,
                                .source = Address(version, source & max_address(version)),
                                .destination = Address(version, destination)});
        }
      }
    }
  }
  return packets;
}

static World world() {
  World made;
  made.matches = matches(made.ruleset);
  made.packets = all_packets();
  return made;
}

static bool agree(PacketSpace& space, const World& world, const InterfaceHook& hook, std::size_t step) {
  const HookMeaning whole = meaning(space, world.ruleset, hook);
  for (std::size_t i = 0; i < world.packets.size(); i += step) {
    const Packet& packet = world.packets[i];
    const Trace& found = whole.traces[space.at(whole.map, packet, hook.direction)];
    if (found == evaluate(world.ruleset, hook, packet)) continue;
    FAIL_CHECK("trace of `" << to_string(packet) << "` differs");
    return false;
  }
  return true;
}

TEST_CASE("small worlds: every match takes the packets that it should, in both directions") {
  const World w = world();
  PacketSpace space;
  for (const Match& match : w.matches) {
    for (const Direction direction : kDirections) {
      const PacketSet set = packets(space, w.ruleset, match, direction);
      for (const Packet& packet : w.packets) {
        REQUIRE(space.contains(set, packet, direction) == matches(w.ruleset, match, packet));
      }
    }
  }
}

// Where a list of rules is cut into two blocks, and what the rules do, goes round with the matches.
TEST_CASE("small worlds: every two matches, with every two actions by turns") {
  const World w = world();
  PacketSpace space;
  std::size_t turn = 0;
  for (const Match& first : w.matches) {
    for (const Match& second : w.matches) {
      const Action a = kActions[turn % 5](), b = kActions[turn / 5 % 5]();
      InterfaceHook hook{"eth0", kDirections[turn % 2], {{"tier a", {{first, a, {{}}}}}}};
      if (turn % 3 == 0) hook.blocks.push_back({"tier b", {}});
      hook.blocks.back().rules.push_back({second, b, {{}}});
      // Packets by turns too: a step that has no factor in common with their number of ports or types.
      REQUIRE(agree(space, w, hook, 17));
      ++turn;
    }
  }
}

TEST_CASE("small worlds: every three of some matches, every three actions, every cut into two blocks") {
  const World w = world();
  PacketSpace space;
  std::vector<Match> few;
  for (std::size_t i = 0; i < w.matches.size(); i += w.matches.size() / 5) few.push_back(w.matches[i]);
  for (std::size_t code = 0; code < few.size() * few.size() * few.size() * 125 * 3; ++code) {
    std::size_t rest = code;
    const auto take = [&rest](std::size_t count) { return std::exchange(rest, rest / count) % count; };
    const std::size_t cut = take(3);
    InterfaceHook hook{"eth0", kDirections[code % 2], {{"tier a", {}}}};
    for (std::size_t i = 0; i < 3; ++i) {
      if (cut == i && cut != 0) hook.blocks.push_back({"tier b", {}});
      const Match& match = few[take(few.size())];
      hook.blocks.back().rules.push_back({match, kActions[take(5)](), {{}}});
    }
    REQUIRE(agree(space, w, hook, 97));
  }
}
