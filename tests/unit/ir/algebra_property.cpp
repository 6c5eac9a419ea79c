// The laws of sets, on sets of all shapes; equality is equality of ids.
#include <doctest/doctest.h>

#include "ir/evaluate.h"
#include "ir/meaning.h"
#include "tests/property/generate.h"

using namespace untrack::ir;
using namespace untrack::property;

namespace {

struct Sets {
  Ruleset ruleset;
  PacketSpace space;
  Direction direction = Direction::Ingress;
  std::vector<PacketSet> sets;
  std::vector<Packet> packets;
};

}  // namespace

static Sets random_sets(std::uint64_t seed) {
  Sets made;
  made.ruleset = random_ruleset(seed, {.interfaces = 1, .rules = 5, .any_match = true});
  const InterfaceHook& hook = made.ruleset.hooks.front();
  made.direction = hook.direction;
  for (const Block& block : hook.blocks) {
    for (const Rule& rule : block.rules) {
      made.sets.push_back(packets(made.space, made.ruleset, rule.match, hook.direction));
    }
  }
  for (const Transport t : {Transport::Readable, Transport::LaterFragment, Transport::CutOff}) {
    made.sets.push_back(made.space.transport(t));
  }
  made.packets = boundary_packets(made.ruleset, hook, 200);
  return made;
}

TEST_CASE("algebra: the laws of sets hold, as equality of ids") {
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    CAPTURE(seed);
    Sets s = random_sets(seed);
    PacketSpace& space = s.space;
    Random random(seed);
    for (int round = 0; round < 20; ++round) {
      const PacketSet a = random.pick(s.sets), b = random.pick(s.sets), c = random.pick(s.sets);
      const PacketSet not_a = space.complement(a), not_b = space.complement(b);
      REQUIRE(space.complement(not_a) == a);
      REQUIRE(space.complement(space.unite(a, b)) == space.intersect(not_a, not_b));
      REQUIRE(space.complement(space.intersect(a, b)) == space.unite(not_a, not_b));
      REQUIRE(space.subtract(a, b) == space.intersect(a, not_b));
      REQUIRE(space.unite(a, b) == space.unite(b, a));
      REQUIRE(space.unite(a, a) == a);
      REQUIRE(space.unite(a, not_a) == space.everything());
      REQUIRE(space.intersect(a, not_a) == space.nothing());
      REQUIRE(space.unite(space.unite(a, b), c) == space.unite(a, space.unite(b, c)));
      REQUIRE(space.intersect(a, space.unite(b, c)) ==
              space.unite(space.intersect(a, b), space.intersect(a, c)));
      REQUIRE(space.unite(space.subtract(a, b), space.intersect(a, b)) == a);
      s.sets.push_back(space.unite(space.subtract(a, b), space.intersect(b, c)));
    }
  }
}

TEST_CASE("algebra: the parts of a function are where it has each of its leaves") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    const Ruleset ruleset = random_ruleset(seed);
    PacketSpace space;
    for (const InterfaceHook& hook : ruleset.hooks) {
      const HookMeaning traced = meaning(space, ruleset, hook);
      const std::map<Leaf, PacketSet> parts = space.parts(traced.map);
      REQUIRE(parts.size() == space.leaves(traced.map).size());
      std::map<RuleRef, PacketSet> decided;
      for (const auto& [leaf, part] : parts) {
        REQUIRE(part == space.where(traced.map, leaf));
        const Trace& trace = traced.traces[leaf];
        if (!trace.decided) continue;
        PacketSet& all = decided.try_emplace(trace.rules.back(), space.nothing()).first->second;
        all = space.unite(all, part);
      }
      REQUIRE(packets_by_rule(space, traced) == decided);
      for (const Block& block : hook.blocks) {
        for (const Rule& rule : block.rules) {
          const PacketSet within = packets(space, ruleset, rule.match, hook.direction);
          std::vector<Leaf> met;
          for (const auto& [leaf, part] : parts) {
            if (!space.empty(space.intersect(part, within))) met.push_back(leaf);
          }
          REQUIRE(space.leaves(traced.map, within) == met);
        }
      }
    }
  }
}

TEST_CASE("algebra: operations on sets are those on membership") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    Sets s = random_sets(seed);
    PacketSpace& space = s.space;
    Random random(seed);
    const PacketSet a = random.pick(s.sets), b = random.pick(s.sets);
    const PacketSet both = space.intersect(a, b), either = space.unite(a, b), only = space.subtract(a, b);
    const PacketMap sum = space.combine(a.map, b.map, [](Leaf x, Leaf y) { return 2 * x + y; });
    for (const Packet& packet : s.packets) {
      const bool in_a = space.contains(a, packet, s.direction), in_b = space.contains(b, packet, s.direction);
      REQUIRE(space.contains(both, packet, s.direction) == (in_a && in_b));
      REQUIRE(space.contains(either, packet, s.direction) == (in_a || in_b));
      REQUIRE(space.contains(only, packet, s.direction) == (in_a && !in_b));
      REQUIRE(space.at(sum, packet, s.direction) == Leaf{2u * in_a + in_b});
      REQUIRE(space.contains(space.single(packet, s.direction), packet, s.direction));
    }
    REQUIRE(space.where(sum, 3) == both);
    REQUIRE(space.map(sum, [](Leaf x) { return Leaf{x != 0}; }) == either.map);
  }
}

TEST_CASE("algebra: a set is the union of its single packets and the rest") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    Sets s = random_sets(seed);
    PacketSpace& space = s.space;
    const PacketSet a = s.sets.front();
    PacketSet without = a;
    for (const Packet& packet : s.packets)
      without = space.subtract(without, space.single(packet, s.direction));
    PacketSet again = without;
    for (const Packet& packet : s.packets) {
      REQUIRE_FALSE(space.contains(without, packet, s.direction));
      if (space.contains(a, packet, s.direction))
        again = space.unite(again, space.single(packet, s.direction));
    }
    REQUIRE(again == a);
  }
}

TEST_CASE("algebra: a set has a witness, the same each time, unless it is empty") {
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    CAPTURE(seed);
    Sets s = random_sets(seed);
    const WitnessHints hints{{s.packets[0].destination}, {s.packets[1].source}, {443}};
    for (const PacketSet set : s.sets) {
      const auto witness = s.space.witness(set, s.direction, hints);
      REQUIRE(witness.has_value() == !s.space.empty(set));
      if (!witness) continue;
      REQUIRE(s.space.contains(set, *witness, s.direction));
      REQUIRE(parse_packet(to_string(*witness)) == witness);
      REQUIRE(s.space.witness(set, s.direction, hints) == witness);
    }
  }
}

TEST_CASE("algebra: replies of a set are the replies to its packets") {
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    CAPTURE(seed);
    Sets s = random_sets(seed);
    PacketSpace& space = s.space;
    const Direction other = s.direction == Direction::Ingress ? Direction::Egress : Direction::Ingress;
    const PacketSet answerable = space.replies_of(space.everything());
    for (const PacketSet set : s.sets) {
      const PacketSet replies = space.replies_of(set);
      REQUIRE(space.replies_of(replies) == space.intersect(set, answerable));
      for (const Packet& packet : s.packets) {
        const auto reply = reply_to(packet);
        if (reply)
          REQUIRE(space.contains(replies, *reply, other) == space.contains(set, packet, s.direction));
        if (!reply) REQUIRE_FALSE(space.contains(replies, packet, other));
      }
    }
  }
}

TEST_CASE("algebra: the effects of a hook are the verdicts and logs of its traces") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    const Ruleset ruleset = random_ruleset(seed);
    PacketSpace space;
    EffectTable table;
    for (const InterfaceHook& hook : ruleset.hooks) {
      const PacketMap map = effects(space, ruleset, hook, table);
      for (const Packet& packet : boundary_packets(ruleset, hook, 300)) {
        const Effect& effect = table[space.at(map, packet, hook.direction)];
        const Trace trace = evaluate(ruleset, hook, packet);
        std::vector<LogPacket> logs;
        for (const RuleRef& ref : trace.rules) {
          const Action& action = hook.blocks[ref.block].rules[ref.rule].action;
          if (const auto* log = std::get_if<LogPacket>(&action)) logs.push_back(*log);
        }
        REQUIRE(effect == Effect{trace.verdict, logs});
      }
    }
  }
}
