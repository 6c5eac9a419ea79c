#include "ir/invariants.h"

#include <doctest/doctest.h>

using namespace untrack::ir;

static Ruleset good() {
  Ruleset ruleset;
  ruleset.node = "n";
  ruleset.address_sets.intern(AddressSet());
  ruleset.address_set_origins.push_back("");
  ruleset.hooks.push_back({"eth0", Direction::Ingress, {{"tier default", {{{}, Drop{}, {{"gnp/p"}}}}}}});
  ruleset.hooks.push_back({"eth0", Direction::Egress, {}});
  return ruleset;
}

static Rule& rule(Ruleset& ruleset) {
  return ruleset.hooks[0].blocks[0].rules[0];
}

TEST_CASE("invariants: a good ruleset breaks none") {
  CHECK(broken_invariant(good()) == std::nullopt);
}

TEST_CASE("invariants: each one is looked at") {
  using Spoil = void (*)(Ruleset&);
  static constexpr Spoil kSpoils[] = {
      [](Ruleset& r) { r.address_set_origins.clear(); },
      [](Ruleset& r) { std::swap(r.hooks[0], r.hooks[1]); },
      [](Ruleset& r) { r.hooks[1] = r.hooks[0]; },
      [](Ruleset& r) { r.hooks[0].interface_name = "eth 0"; },
      [](Ruleset& r) { r.hooks[0].blocks[0].name = "two\nlines"; },
      [](Ruleset& r) { r.hooks[0].blocks.push_back(r.hooks[0].blocks[0]); },
      [](Ruleset& r) { rule(r).provenance.clear(); },
      [](Ruleset& r) { rule(r).provenance[0].policy = ""; },
      [](Ruleset& r) { rule(r).match.source.in.push_back({1}); },
      [](Ruleset& r) { rule(r).match.source.not_in.push_back({1}); },
      [](Ruleset& r) { rule(r).match.destination.not_ports.sockets.push_back({0}); },
      [](Ruleset& r) { rule(r).match.destination.ports = PortMatch{{}, {{0}}}; },
      [](Ruleset& r) { rule(r).action = LogPacket{"p", LogLimit{0, "second", 5}}; },
      [](Ruleset& r) { rule(r).action = LogPacket{"p", LogLimit{1, "fortnight", 5}}; },
  };
  for (const Spoil spoil : kSpoils) {
    Ruleset ruleset = good();
    spoil(ruleset);
    CHECK(broken_invariant(ruleset) != std::nullopt);
  }
}
