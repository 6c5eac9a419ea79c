#include "ir/meaning.h"

#include <doctest/doctest.h>

#include <utility>

using namespace untrack::ir;

static Rule rule(Match match, Action action) {
  return {std::move(match), std::move(action), {{}}};
}
static Match proto(Protocol protocol) {
  return {.protocol = protocol};
}

static InterfaceHook hook(std::vector<std::vector<Rule>> blocks) {
  InterfaceHook made{"eth0", Direction::Ingress, {}};
  for (auto& rules : blocks) made.blocks.push_back({"tier", std::move(rules)});
  return made;
}

TEST_CASE("meaning: only traces that occur are kept, so a rule in none of them is dead") {
  PacketSpace space;
  const Ruleset ruleset;
  const HookMeaning shadowed = meaning(
      space, ruleset, hook({{rule(proto(kTcp), Untrack{}), rule(proto(kTcp), Drop{}), rule({}, Drop{})}}));
  CHECK(shadowed.traces ==
        std::vector<Trace>{{{{0, 0}}, Verdict::Untrack, true}, {{{0, 2}}, Verdict::Drop, true}});
  CHECK(space.leaves(shadowed.map) == std::vector<Leaf>{0, 1});
}

TEST_CASE("meaning: without rules everything is tracked") {
  PacketSpace space;
  for (const InterfaceHook& empty : {hook({}), hook({{}, {}})}) {
    const HookMeaning tracked = meaning(space, {}, empty);
    CHECK(tracked.traces == std::vector<Trace>{Trace{}});
    CHECK(packets_with(space, tracked, Verdict::Track) == space.everything());
  }
}

TEST_CASE("meaning: NextBlock ends its block only") {
  PacketSpace space;
  const HookMeaning passed = meaning(
      space, {},
      hook({{rule({}, NextBlock{}), rule({}, Drop{})}, {rule(proto(kTcp), Untrack{}), rule({}, Drop{})}}));
  CHECK(packets_with(space, passed, Verdict::Untrack) == space.protocol(kTcp));
  CHECK(passed.traces == std::vector<Trace>{{{{0, 0}, {1, 0}}, Verdict::Untrack, true},
                                            {{{0, 0}, {1, 1}}, Verdict::Drop, true}});
}

TEST_CASE("meaning: verdicts are one map, and the sets of its leaves are the packets with each") {
  PacketSpace space;
  const HookMeaning both =
      meaning(space, {}, hook({{rule(proto(kTcp), Untrack{}), rule(proto(kUdp), Drop{})}}));
  const PacketMap map = verdicts(space, both);
  for (const Verdict verdict : {Verdict::Track, Verdict::Untrack, Verdict::Drop}) {
    CHECK(space.where(map, static_cast<Leaf>(verdict)) == packets_with(space, both, verdict));
  }
  CHECK(packets_with(space, both, Verdict::Drop) == space.protocol(kUdp));
}

TEST_CASE("effects: rulesets that differ in rules but not in what they do are equal") {
  PacketSpace space;
  EffectTable table;
  const Ruleset ruleset;
  const LogPacket log{"x: ", {}};
  const InterfaceHook one =
      hook({{rule({}, log), rule(proto(kTcp), Untrack{}), rule(proto(kUdp), Untrack{})}});
  const InterfaceHook other = hook(
      {{rule({}, log)}, {rule(proto(kUdp), Untrack{})}, {rule(proto(kTcp), Untrack{}), rule({}, Track{})}});
  const InterfaceHook silent = hook({{rule(proto(kTcp), Untrack{}), rule(proto(kUdp), Untrack{})}});
  CHECK(effects(space, ruleset, one, table) == effects(space, ruleset, other, table));
  CHECK(effects(space, ruleset, one, table) != effects(space, ruleset, silent, table));
}

TEST_CASE("effects: logs are told apart by text, limit and order") {
  PacketSpace space;
  EffectTable table;
  const LogPacket a{"a: ", {}}, b{"b: ", {}}, limited{"a: ", LogLimit{10, "minute", 5}};
  const auto logging = [&](std::vector<LogPacket> logs) {
    std::vector<Rule> rules;
    for (LogPacket& log : logs) rules.push_back(rule({}, std::move(log)));
    return effects(space, {}, hook({std::move(rules)}), table);
  };
  CHECK(logging({a, b}) != logging({b, a}));
  CHECK(logging({a}) != logging({limited}));
  CHECK(logging({a}) != logging({a, a}));
  CHECK(logging({a, b}) == logging({a, b}));
  CHECK(table[table.leaf({Verdict::Track, {a, b}})].logs == std::vector<LogPacket>{a, b});
}

TEST_CASE("effects: effect 0 tracks and logs nothing") {
  PacketSpace space;
  EffectTable table;
  CHECK(table.leaf({}) == 0);
  CHECK(table[0] == Effect{});
  CHECK(effects(space, {}, hook({}), table) == space.constant(0));
}

TEST_CASE("meaning: an exhausted space gives a meaning that can be read, and proves nothing") {
  PacketSpace space(30);
  std::vector<Rule> rules;
  for (std::uint8_t i = 0; i < 100; ++i)
    rules.push_back(rule(proto({static_cast<std::uint8_t>(2 * i)}), Untrack{}));
  const HookMeaning unfinished = meaning(space, {}, hook({rules}));
  CHECK(space.exhausted());
  CHECK(unfinished.traces.size() == 1);
  CHECK(space.leaves(unfinished.map) == std::vector<Leaf>{0});
}

TEST_CASE("meaning: traces too long and too many for memory exhaust the space") {
  PacketSpace space;
  std::vector<Rule> rules;
  for (unsigned i = 0; i < 4000; ++i) rules.push_back(rule({}, LogPacket{"all: ", {}}));
  for (unsigned i = 0; i < 6000; ++i) {
    const auto port = static_cast<Port>(i * 10);
    Match match = proto(kTcp);
    match.destination.ports = PortMatch{PortSet({{port, port}}), {}};
    rules.push_back(rule(match, Untrack{}));
  }
  meaning(space, {}, hook({std::move(rules)}));
  CHECK(space.exhausted());
}

TEST_CASE("meaning: ten thousand rules are composed in one go") {
  PacketSpace space;
  std::vector<Rule> rules;
  for (unsigned i = 0; i < 10000; ++i) {
    Match match = proto(kTcp);
    const auto port = static_cast<Port>(i * 6);
    match.destination.ports = PortMatch{PortSet({{port, port}}), {}};
    rules.push_back(rule(match, Untrack{}));
  }
  const HookMeaning large = meaning(space, {}, hook({std::move(rules)}));
  CHECK(large.traces.size() == 10001);
}
