#include "tests/bench/workloads.h"

#include <algorithm>
#include <utility>

#include "tests/property/generate.h"

namespace untrack::bench {

using namespace ir;
using property::Random;

static InterfaceHook hook(Direction direction) {
  return {"eth0", direction, {{"tier default", {}}}};
}

static Cidr private_prefix(Random& random, int shortest, int longest) {
  const auto address = static_cast<std::uint32_t>(0x0a000000u | random.below(1u << 24));
  return Cidr(Address(IpVersion::V4, address),
              shortest + static_cast<int>(random.below(longest - shortest + 1)));
}

static PortRange port_range(Random& random, std::uint64_t most) {
  const auto first = static_cast<Port>(1024 + random.below(60000));
  return {first, static_cast<Port>(std::min<std::uint64_t>(65535, first + random.below(most)))};
}

static void add_rule(InterfaceHook& to, Match match, Action action) {
  auto& rules = to.blocks.back().rules;
  const Provenance provenance{"gnp/bench", to.direction, static_cast<std::uint32_t>(rules.size()), {}};
  rules.push_back({std::move(match), std::move(action), {provenance}});
}

// The rule for what comes in, and the one for what answers it.
static void add_mirrored(Ruleset& ruleset, Match match, const Action& action) {
  add_rule(ruleset.hooks[0], match, action);
  std::swap(match.source, match.destination);
  add_rule(ruleset.hooks[1], std::move(match), action);
}

static Ruleset two_hooks() {
  Ruleset ruleset;
  ruleset.node = "node";
  ruleset.hooks = {hook(Direction::Ingress), hook(Direction::Egress)};
  return ruleset;
}

static void add_failsafes(Ruleset& ruleset) {
  static constexpr Port kPorts[] = {22, 179, 2379, 6443};  // some of Calico's built-in ones
  for (const Port port : kPorts) {
    Match match{.protocol = kTcp};
    match.destination.ports = PortMatch{PortSet({{port, port}}), {}};
    add_mirrored(ruleset, match, Track{});
  }
}

static Match service(Random& random, Ruleset& ruleset, bool wide) {
  Match match{.protocol = random.chance(70) ? kTcp : kUdp};
  std::vector<PortRange> ports;
  for (std::uint64_t i = 0, count = 1 + random.below(3); i < count; ++i) {
    ports.push_back(port_range(random, random.chance(10) ? 16 : 1));
  }
  match.destination.ports = PortMatch{PortSet(std::move(ports)), {}};
  std::vector<Cidr> sources;
  for (int i = 0; i < 3; ++i) sources.push_back(private_prefix(random, 16, 32));
  if (wide) sources[0] = Cidr(Address(IpVersion::V4, 0x0a000000), 8);
  match.source.in.push_back(ruleset.address_sets.intern(AddressSet(std::move(sources))));
  return match;
}

Ruleset services(std::size_t count) {
  Random random(1);
  Ruleset ruleset = two_hooks();
  add_failsafes(ruleset);
  for (std::size_t i = 0; i < count; ++i) add_mirrored(ruleset, service(random, ruleset, false), Untrack{});
  return ruleset;
}

Ruleset services_with_wide_sources(std::size_t count) {
  Random random(2);
  Ruleset ruleset = two_hooks();
  add_failsafes(ruleset);
  for (std::size_t i = 0; i < count; ++i)
    add_mirrored(ruleset, service(random, ruleset, i % 3 == 0), Untrack{});
  return ruleset;
}

Ruleset deny_list(std::size_t cidrs, std::size_t policies) {
  Random random(3);
  Ruleset ruleset;
  ruleset.node = "node";
  ruleset.hooks = {hook(Direction::Ingress)};
  std::vector<Cidr> denied;
  for (std::size_t i = 0; i < cidrs; ++i) {
    denied.emplace_back(Address(IpVersion::V4, static_cast<std::uint32_t>(random.next())),
                        20 + static_cast<int>(random.below(13)));
  }
  Match from_denied;
  from_denied.source.in.push_back(ruleset.address_sets.intern(AddressSet(std::move(denied))));
  add_rule(ruleset.hooks[0], from_denied, Drop{});
  for (std::size_t i = 0; i < policies; ++i) {
    add_rule(ruleset.hooks[0], service(random, ruleset, false), Untrack{});
  }
  return ruleset;
}

Ruleset overlapping(std::size_t count) {
  Random random(4);
  Ruleset ruleset = two_hooks();
  for (std::size_t i = 0; i < count; ++i) {
    Match match{.protocol = random.chance(70) ? kTcp : kUdp};
    match.destination.ports = PortMatch{PortSet({port_range(random, 10000)}), {}};
    match.source.in.push_back(ruleset.address_sets.intern(AddressSet({private_prefix(random, 8, 32)})));
    Action action = Untrack{};
    if (i % 2 != 0) action = Drop{};
    add_mirrored(ruleset, match, action);
  }
  return ruleset;
}

}  // namespace untrack::bench
