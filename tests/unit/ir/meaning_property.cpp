// The meaning of whole rulesets, computed twice by code that shares nothing: with diagrams and packet by
// packet.
#include <doctest/doctest.h>

#include "ir/evaluate.h"
#include "ir/meaning.h"
#include "tests/property/generate.h"

using namespace untrack::ir;
using untrack::property::boundary_packets;
using untrack::property::random_ruleset;
using untrack::property::RulesetShape;

static void check_hook(const Ruleset& ruleset, const InterfaceHook& hook, std::size_t packet_count) {
  PacketSpace space;
  const HookMeaning whole = meaning(space, ruleset, hook);
  for (const Packet& packet : boundary_packets(ruleset, hook, packet_count)) {
    const Trace& found = whole.traces[space.at(whole.map, packet, hook.direction)];
    const Trace expected = evaluate(ruleset, hook, packet);
    if (found == expected) continue;
    FAIL_CHECK("trace of `" << to_string(packet) << "` on " << hook.interface_name << " differs");
    return;
  }
}

TEST_CASE("meaning: diagrams and evaluation agree on random rulesets") {
  for (std::uint64_t seed = 0; seed < 1500; ++seed) {
    CAPTURE(seed);
    const Ruleset ruleset = random_ruleset(seed, {.any_match = seed % 2 == 0});
    for (const InterfaceHook& hook : ruleset.hooks) check_hook(ruleset, hook, 1000);
  }
}

TEST_CASE("meaning: diagrams and evaluation agree on large rulesets") {
  const RulesetShape large{.interfaces = 1, .blocks = 4, .rules = 80, .prefixes = 12};
  for (std::uint64_t seed = 1000; seed < 1040; ++seed) {
    CAPTURE(seed);
    const Ruleset ruleset = random_ruleset(seed, large);
    for (const InterfaceHook& hook : ruleset.hooks) check_hook(ruleset, hook, 2000);
  }
}
