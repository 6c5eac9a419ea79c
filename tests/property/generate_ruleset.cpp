#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "tests/property/generate.h"

namespace untrack::property {

using namespace ir;

std::uint64_t Random::next() {
  std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

static constexpr std::array kPorts = std::to_array<Port>(
    {0, 1, 22, 53, 80, 443, 1024, 2379, 6443, 8080, 9100, 11211, 12211, 32767, 40000, 65534, 65535});
static constexpr std::array kIcmpTypes =
    std::to_array<std::uint8_t>({0, 3, 8, 11, 13, 14, 128, 129, 135, 255});

namespace {

class Generator {
 public:
  Generator(std::uint64_t seed, const RulesetShape& shape) : random_(seed), shape_(shape) {}

  Ruleset ruleset() {
    ruleset_.node = "node-" + std::to_string(random_.below(10));
    static constexpr std::array<std::string_view, 6> kNames = {"bond0", "ens3", "eth0",
                                                               "eth1",  "lo",   "vlan.7"};
    const std::size_t count = 1 + random_.below(std::min(shape_.interfaces, kNames.size()));
    const std::size_t first = random_.below(kNames.size() - count + 1);
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t directions = random_.below(4);  // 0: ingress only, 1: egress only, else both
      if (directions != 1) ruleset_.hooks.push_back(hook(kNames[first + i], Direction::Ingress));
      if (directions != 0) ruleset_.hooks.push_back(hook(kNames[first + i], Direction::Egress));
    }
    ruleset_.address_set_origins.resize(ruleset_.address_sets.size());
    for (std::string& origin : ruleset_.address_set_origins) {
      if (random_.chance(50)) origin = "selector role == \"" + std::string(1, letter()) + "\"";
    }
    return std::move(ruleset_);
  }

 private:
  char letter() { return static_cast<char>('a' + random_.below(26)); }

  InterfaceHook hook(std::string_view name, Direction direction) {
    InterfaceHook made{std::string(name), direction, {}};
    if (shape_.failsafes && random_.chance(70)) made.blocks.push_back(failsafes(direction));
    static constexpr std::array<std::string_view, 4> kTiers = {"tier security", "tier platform", "tier net.4",
                                                               "tier default"};
    const std::size_t count = random_.below(std::min(shape_.blocks, kTiers.size()) + 1);
    for (std::size_t i = 0; i < count; ++i) {
      made.blocks.push_back(block(kTiers[kTiers.size() - count + i], direction));
    }
    return made;
  }

  // Failsafes and, the other way round, the replies of the other direction's (raw tables know no replies).
  Block failsafes(Direction direction) {
    Block made{"failsafe", {}};
    const std::size_t count = 1 + random_.below(4);
    for (std::uint32_t i = 0; i < count; ++i) {
      Match match;
      match.protocol = random_.chance(70) ? kTcp : kUdp;
      const bool reply = random_.chance(30);
      (reply ? match.source : match.destination).ports = PortMatch{PortSet({port_range(0)}), {}};
      SideMatch& peer = direction == Direction::Ingress ? match.source : match.destination;
      if (random_.chance(30)) peer.in.push_back(addresses());
      made.rules.push_back({match, Track{}, {{"failsafe", direction, i, {}}}});
    }
    return made;
  }

  Block block(std::string_view name, Direction direction) {
    Block made{std::string(name), {}};
    const std::size_t count = random_.below(shape_.rules + 1);
    std::string policy = policy_name();
    std::uint32_t index = 0;
    for (std::size_t i = 0; i < count; ++i, ++index) {
      if (random_.chance(30)) {
        policy = policy_name();
        index = 0;
      }
      Rule rule{match(), action(), {{policy, direction, index, {}}}};
      if (random_.chance(10)) rule.provenance.push_back({policy, direction, ++index, {}});
      made.rules.push_back(std::move(rule));
    }
    return made;
  }

  std::string policy_name() {
    const std::string name = std::string(1, letter()) + "-" + std::to_string(random_.below(100));
    return random_.chance(85) ? "gnp/" + name : "np/default/" + name;
  }

  Action action() {
    const std::uint64_t dice = random_.below(100);
    if (dice < 55) return Untrack{};
    if (dice < 75) return Drop{};
    if (dice < 85 && !shape_.plain) return NextBlock{};
    if (dice < 90 || !shape_.logs || shape_.plain) return Track{};
    LogPacket log{std::string("calico-packet-") + letter() + ": ", std::nullopt};
    if (random_.chance(30))
      log.limit = LogLimit{static_cast<std::uint32_t>(1 + random_.below(100)), "minute", 5};
    return log;
  }

  Match match() {
    Match made;
    choose_protocol(made);
    made.source = side(made, false);
    made.destination = side(made, true);
    return made;
  }

  void choose_protocol(Match& match) {
    const std::uint64_t dice = random_.below(100);
    if (random_.chance(25)) match.ip_version = random_.pick(kIpVersions);
    if (dice < 45) {
      match.protocol = kTcp;
    } else if (dice < 65) {
      match.protocol = kUdp;
    } else if (dice < 70) {
      match.protocol = kSctp;
    } else if (dice < 80) {
      choose_icmp(match);
    } else if (dice < 85) {
      match.protocol =
          random_.pick(std::to_array<Protocol>({{4}, kUdpLite, {89}, {2}, {255}, kIcmp, kIcmp6}));
    }
    if (random_.chance(10))
      match.not_protocol = random_.pick(std::to_array({kTcp, kUdp, kIcmp, Protocol{89}}));
    if (shape_.any_match && random_.chance(15)) {
      (random_.chance(60) ? match.icmp : match.not_icmp) = icmp_match();
    }
  }

  void choose_icmp(Match& match) {
    match.ip_version = random_.pick(kIpVersions);
    match.protocol = *match.ip_version == IpVersion::V4 ? kIcmp : kIcmp6;
    if (random_.chance(60)) match.icmp = icmp_match();
    if (random_.chance(30) && !shape_.plain) match.not_icmp = icmp_match();
  }

  IcmpMatch icmp_match() {
    IcmpMatch made{random_.pick(kIcmpTypes), std::nullopt};
    if (random_.chance(40))
      made.code = static_cast<std::uint8_t>(random_.chance(50) ? 0 : random_.below(256));
    return made;
  }

  SideMatch side(const Match& match, bool destination) {
    SideMatch made;
    if (random_.chance(destination ? 25 : 50)) made.in.push_back(addresses());
    if (random_.chance(8)) made.in.push_back(addresses());
    if (random_.chance(12)) made.not_in.push_back(addresses());
    const bool numbers = shape_.any_match || (match.protocol && has_ports(*match.protocol));
    if (random_.chance(destination ? 60 : 20)) made.ports = port_match(match, numbers);
    if (made.ports && made.ports->empty() && random_.chance(90)) made.ports.reset();
    if (random_.chance(10) && !shape_.plain) made.not_ports = port_match(match, numbers);
    return made;
  }

  PortMatch port_match(const Match& match, bool numbers) {
    PortMatch made;
    if (numbers) {
      std::vector<PortRange> ranges;
      const std::size_t count = 1 + random_.below(random_.chance(10) ? 20 : 3);
      for (std::size_t i = 0; i < count; ++i) ranges.push_back(port_range(25));
      made.numbers = PortSet(std::move(ranges));
    }
    if (random_.chance(15)) {
      if (random_.chance(50)) made.numbers = PortSet();
      made.sockets.push_back(sockets(match));
    }
    return made;
  }

  PortRange port_range(int wide_percent) {
    const Port first = random_.pick(kPorts);
    if (!random_.chance(wide_percent)) return {first, first};
    return {first, static_cast<Port>(std::min<std::uint64_t>(65535, first + random_.below(3000)))};
  }

  AddressSetId addresses() {
    if (ruleset_.address_sets.size() > 0 && random_.chance(35)) {
      return {static_cast<std::uint32_t>(random_.below(ruleset_.address_sets.size()))};
    }
    std::vector<Cidr> prefixes;
    const std::size_t count = random_.chance(4) ? 0 : 1 + random_.below(shape_.prefixes);
    for (std::size_t i = 0; i < count; ++i) prefixes.push_back(prefix());
    return ruleset_.address_sets.intern(AddressSet(std::move(prefixes)));
  }

  // Out of a few neighbouring nets, so that sets overlap, touch and nest.
  Address address(IpVersion version) {
    if (version == IpVersion::V4) return Address(version, AddressBits{0x0a000000} | random_.below(1024));
    return Address(version, AddressBits{0x20010db8} << 96 | random_.below(4) << 16 | random_.below(1024));
  }

  Cidr prefix() {
    const IpVersion version = random_.chance(65) ? IpVersion::V4 : IpVersion::V6;
    static constexpr std::array kShorter = {0, 0, 1, 4, 8, 10, 24};
    const int shorter = random_.chance(3) ? address_bits(version) : random_.pick(kShorter);
    return Cidr(address(version), address_bits(version) - shorter);
  }

  SocketSetId sockets(const Match& match) {
    std::vector<SocketAddress> members;
    const std::size_t count = random_.below(shape_.prefixes + 1);
    for (std::size_t i = 0; i < count; ++i) {
      const Protocol spoken =
          match.protocol && has_ports(*match.protocol) ? *match.protocol : (random_.chance(60) ? kTcp : kUdp);
      const Protocol protocol = shape_.any_match && random_.chance(10) ? kUdpLite : spoken;
      members.push_back({address(random_.pick(kIpVersions)), protocol, random_.pick(kPorts)});
    }
    return ruleset_.socket_sets.intern(SocketSet(std::move(members)));
  }

  Random random_;
  const RulesetShape& shape_;
  Ruleset ruleset_;
};

}  // namespace

Ruleset random_ruleset(std::uint64_t seed, const RulesetShape& shape) {
  return Generator(seed, shape).ruleset();
}

}  // namespace untrack::property
