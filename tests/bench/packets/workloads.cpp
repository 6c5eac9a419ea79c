#include "tests/bench/packets/workloads.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "tests/property/generate.h"

namespace untrack::bench {

using namespace ir;

static constexpr Port kFirstPort = 1000;
static constexpr std::size_t kPortsThere = 64'000;

static Address v4(std::uint64_t bits) {
  return Address(IpVersion::V4, bits);
}
static const Address kHost = v4(0x0ac80001);  // 10.200.0.1

static Rule rule(Protocol protocol, Port port, std::uint32_t index) {
  Rule made;
  made.match.protocol = protocol;
  made.match.destination.ports = PortMatch{PortSet({{port, port}}), {}};
  made.action = Untrack{};
  made.provenance = {{fmt::format("gnp/service-{}", index), Direction::Ingress, 0, {}}};
  return made;
}

static Packet packet(Protocol protocol, Address source, Port source_port, Port port) {
  Packet made;
  made.protocol = protocol;
  made.source = source;
  made.destination = kHost;
  made.source_port = source_port;
  made.destination_port = port;
  return made;
}

static Workload workload(std::string name, std::vector<Block> blocks, Ruleset ruleset) {
  ruleset.node = "bench";
  ruleset.hooks.push_back({"in0", Direction::Ingress, std::move(blocks)});
  ruleset.address_set_origins.resize(ruleset.address_sets.size());
  return {std::move(name), std::move(ruleset), {}};
}

// Those that Calico has by default, both ways round (docs/semantics.md, "Failsafe ports").
static Block failsafes() {
  Block block{"failsafe", {}};
  const auto add = [&](Protocol protocol, std::vector<PortRange> ports, bool reply) {
    Rule made;
    made.match.protocol = protocol;
    (reply ? made.match.source : made.match.destination).ports = PortMatch{PortSet(std::move(ports)), {}};
    made.action = Track{};
    made.provenance = {{"failsafe", Direction::Ingress, static_cast<std::uint32_t>(block.rules.size()), {}}};
    block.rules.push_back(std::move(made));
  };
  add(kTcp, {{22, 22}, {179, 179}, {2379, 2380}, {5473, 5473}, {6443, 6443}, {6666, 6667}}, false);
  add(kUdp, {{68, 68}}, false);
  add(kTcp, {{179, 179}, {2379, 2380}, {5473, 5473}, {6443, 6443}, {6666, 6667}}, true);
  add(kUdp, {{53, 53}, {67, 67}}, true);
  return block;
}

Workload services(std::size_t count, Hit hit, const ServiceShape& shape) {
  property::Random random(count);
  const std::size_t stride = kPortsThere / count;  // no port beside another, as long as there are so many
  Ruleset ruleset;
  Block block{"tier default", {}};
  std::vector<std::vector<Cidr>> sources;
  for (std::uint32_t i = 0; i < count; ++i) {
    Rule made = rule(i % 2 == 0 ? kTcp : kUdp, static_cast<Port>(kFirstPort + i * stride), i);
    std::vector<Cidr> nets;
    // Not neighbours, which would become one prefix.
    for (std::uint64_t net = 0; net < 3; ++net)
      nets.emplace_back(v4((10 + 32 * net) << 24 | random.below(32768) << 9), random.pick(shape.lengths));
    made.match.source.in.push_back(ruleset.address_sets.intern(AddressSet(nets)));
    sources.push_back(std::move(nets));
    block.rules.push_back(std::move(made));
  }
  std::vector<Block> blocks;
  if (shape.failsafes) blocks.push_back(failsafes());
  blocks.push_back(std::move(block));
  Workload made = workload(
      fmt::format("{} services{}{}, {}", count,
                  shape.lengths.size() > 1 ? fmt::format(" of {} lengths", shape.lengths.size()) : "",
                  shape.failsafes ? " and failsafes" : "", hit == Hit::Yes ? "hit" : "miss"),
      std::move(blocks), std::move(ruleset));
  for (std::size_t i = 0; i < shape.packets; ++i) {
    const std::uint64_t service = random.below(count);
    const Address source =
        v4(static_cast<std::uint64_t>(random.pick(sources[service]).first()) + random.below(128));
    const auto port = static_cast<Port>(kFirstPort + service * stride + (hit == Hit::Yes ? 0 : 1));
    made.packets.push_back(
        packet(service % 2 == 0 ? kTcp : kUdp, source, static_cast<Port>(32768 + random.below(28000)), port));
  }
  return made;
}

Workload block_list(std::size_t count, Hit hit) {
  // Hosts and nets as such lists have them: mostly single addresses and /24.
  static constexpr std::array kLengths = {32, 32, 32, 24, 24, 24, 22, 20, 16};
  property::Random random(count);
  Ruleset ruleset;
  std::vector<Cidr> nets;
  for (std::size_t i = 0; i < count; ++i) {
    nets.emplace_back(v4(0x01000000 + random.below(0x7e000000)), random.pick(kLengths));
  }
  Rule deny;
  deny.match.source.in.push_back(ruleset.address_sets.intern(AddressSet(nets)));
  deny.action = Drop{};
  deny.provenance = {{"gnp/block-list", Direction::Ingress, 0, {}}};
  Block block{"tier default", {deny, rule(kUdp, kFirstPort, 0)}};
  Workload made =
      workload(fmt::format("{} nets denied, packet {}", count, hit == Hit::Yes ? "denied" : "allowed"),
               {std::move(block)}, std::move(ruleset));
  const AddressSet denied(nets);
  for (std::size_t i = 0; i < kFewPackets; ++i) {
    const Cidr& net = random.pick(nets);
    Address source = net.network();
    // Somewhere between the nets.
    while (hit == Hit::No && denied.contains(source)) source = v4(0x01000000 + random.below(0x7e000000));
    made.packets.push_back(packet(kUdp, source, static_cast<Port>(32768 + random.below(28000)), kFirstPort));
  }
  return made;
}

Workload pairs(std::size_t count, Hit hit) {
  static constexpr std::array kLengths = {28, 32};
  static constexpr std::uint64_t kDestinations = 0x0b000000, kNowhere = 0x0c000000;  // 11.0.0.0, 12.0.0.0
  property::Random random(count);
  Ruleset ruleset;
  Block block{"tier default", {}};
  std::vector<std::pair<Cidr, Cidr>> nets;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Cidr source(v4(0x0d000000 | random.below(1 << 16) << 8), 24),
        other(v4(0x0e000000 | random.below(1 << 16) << 8), 24),
        destination(v4(kDestinations | random.below(1 << 24)), random.pick(kLengths));
    Rule made;
    made.match.source.in.push_back(ruleset.address_sets.intern(AddressSet({source, other})));
    made.match.destination.in.push_back(ruleset.address_sets.intern(AddressSet({destination})));
    made.action = Untrack{};
    made.provenance = {{fmt::format("gnp/pair-{}", i), Direction::Ingress, 0, {}}};
    block.rules.push_back(std::move(made));
    nets.emplace_back(source, destination);
  }
  Workload made =
      workload(fmt::format("{} rules about both sides, {}", count, hit == Hit::Yes ? "hit" : "miss"),
               {std::move(block)}, std::move(ruleset));
  for (std::size_t i = 0; i < kFewPackets; ++i) {
    const auto& [source, destination] = random.pick(nets);
    Packet each = packet(kUdp, v4(static_cast<std::uint64_t>(source.first()) + random.below(256)),
                         static_cast<Port>(32768 + random.below(28000)), kFirstPort);
    each.destination = hit == Hit::Yes ? destination.network() : v4(kNowhere | random.below(1 << 24));
    made.packets.push_back(each);
  }
  return made;
}

Workload mixed_rules(std::size_t count) {
  property::Random random(count);
  Ruleset ruleset;
  Block block{"tier default", {}};
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto first = static_cast<Port>(1 + random.below(65535));
    Rule made = rule(random.chance(50) ? kTcp : kUdp, first, i);
    PortMatch ports{
        PortSet({{first, static_cast<Port>(std::min<std::uint64_t>(65535, first + random.below(2000)))}}),
        {}};
    if (random.chance(30)) made.match.destination.ports = std::move(ports);
    const Cidr net(v4(random.below(std::uint64_t{1} << 32)), static_cast<int>(8 + random.below(25)));
    const std::uint64_t form = random.below(10);
    if (form == 0) made.match.destination.ports.reset();
    if (form != 1) made.match.source.in.push_back(ruleset.address_sets.intern(AddressSet({net})));
    if (random.chance(50)) made.action = Drop{};
    block.rules.push_back(std::move(made));
  }
  return workload(fmt::format("{} mixed rules", count), {std::move(block)}, std::move(ruleset));
}

}  // namespace untrack::bench
