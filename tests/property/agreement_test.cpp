// All that knows what a ruleset means says the same of the same packet: the plain evaluator, the diagram, the
// rules after each pass, and each backend's artifact as the independent reader understands it.
//
// UNTRACK_PAIRS=N in the environment: so many pairs of rules and packet in place of a million.
#include <doctest/doctest.h>

#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "driver/targets.h"
#include "ir/evaluate.h"
#include "ir/meaning.h"
#include "passes/pipeline.h"
#include "support/overloaded.h"
#include "tests/property/generate.h"

namespace untrack::property {

namespace {

// One ruleset in all its forms.
struct Subject {
  ir::Ruleset ruleset;
  std::vector<std::pair<std::string, ir::Ruleset>> after_passes;
  std::vector<std::pair<std::string, verify::Reading>> artifacts;
  std::string written;  // the artifacts themselves
};

}  // namespace

// What the backends write where a list is long or a match is unusual (docs/backends.md). A corpus that
// reaches none of it would prove the short forms again and again.
static constexpr std::string_view kForms[] = {
    "vmap @",                 // nft: rules split by port
    "-ranges {",              // wide ranges of ports, in a map of intervals
    "saddr & 255.",           // a hash table for each length of prefix
    "icmp type . icmp code",  // a pair, negated
    "/bare {",                // packets whose header cannot be read
    "untrack-svc4-",          // iptables: services in one set
    "untrack-svc6-",
    "tcp --dport 1:",  // a tree of chains over ports
    ",sctp:",
    "bitmap:port",
    "hash:ip,port",
    "limit rate",
};

static ir::Effect effect(const ir::Ruleset& ruleset, const ir::InterfaceHook& at, const ir::Packet& packet) {
  for (const ir::InterfaceHook& hook : ruleset.hooks) {
    if (hook.interface_name != at.interface_name || hook.direction != at.direction) continue;
    const ir::Trace trace = ir::evaluate(ruleset, hook, packet);
    ir::Effect effect{trace.verdict, {}};
    for (const ir::RuleRef ref : trace.rules) {
      const ir::Action& action = hook.blocks[ref.block].rules[ref.rule].action;
      if (const auto* log = std::get_if<ir::LogPacket>(&action)) effect.logs.push_back(*log);
    }
    return effect;
  }
  return {};
}

// Of seven rulesets three are long lists.
static ir::Ruleset ruleset_of(std::uint64_t seed) {
  switch (seed % 7) {
    case 0: return random_list(seed, ListKind::Services);
    case 1: return random_list(seed, ListKind::Ports);
    case 2:
      return random_list(seed, seed % 3 == 0   ? ListKind::Nets
                               : seed % 3 == 1 ? ListKind::Icmp
                                               : ListKind::Peers);
    case 6:
      return seed % 3 == 0   ? random_ruleset(seed)
             : seed % 3 == 1 ? random_list(seed, ListKind::Regions)
                             : random_list(seed, ListKind::Pairs);
    case 3: return random_ruleset(seed, {.rules = 25, .prefixes = 20});
    case 4: return random_ruleset(seed, {.any_match = true});
    default: return random_ruleset(seed);
  }
}

static Subject subject_of(std::uint64_t seed) {
  Subject made{ruleset_of(seed), {}, {}, {}};
  ir::Ruleset optimised = made.ruleset;
  ir::PacketSpace space;
  passes::PassContext context{space};
  passes::run_pipeline(optimised, context,
                       {.after =
                            [&](std::string_view pass, const ir::Ruleset& after) {
                              made.after_passes.emplace_back(fmt::format("rules after {}", pass), after);
                            },
                        .only = {},
                        .check = false});
  const bool plain = seed % 4 == 0;
  for (const driver::Target target : driver::all_targets()) {
    const driver::Backend& backend = driver::backend_of(target);
    Diagnostics diagnostics;
    const auto files = backend.emit(plain ? made.ruleset : optimised, {.strip = seed % 3 == 0}, diagnostics);
    if (diagnostics.refuses_compile()) continue;
    for (const backends::Artifact& file : files) made.written += file.bytes;
    for (verify::ReadResult& read : backend.read(files)) {
      if (const auto* refusal = std::get_if<verify::Refusal>(&read)) {
        FAIL_CHECK(to_string(target) << ": " << refusal->file << ":" << refusal->line << ": "
                                     << refusal->message);
        continue;
      }
      made.artifacts.emplace_back(fmt::format("{} artifact", to_string(target)),
                                  std::get<verify::Reading>(std::move(read)));
    }
  }
  return made;
}

static std::size_t wanted_pairs() {
  const char* const asked = std::getenv("UNTRACK_PAIRS");
  return asked ? std::strtoull(asked, nullptr, 10) : 1'000'000;
}

// The number of opinions compared with the evaluator's.
static std::size_t check_hook(const Subject& subject, const ir::InterfaceHook& hook,
                              const std::vector<ir::Packet>& packets) {
  ir::PacketSpace space;
  ir::EffectTable table;
  std::vector<std::pair<std::string, ir::PacketMap>> maps;
  maps.emplace_back("diagram", ir::effects(space, subject.ruleset, hook, table));
  for (const auto& [name, reading] : subject.artifacts)
    maps.emplace_back(name, reading.effects(space, table, hook.direction, hook.interface_name));
  REQUIRE_FALSE(space.exhausted());
  for (const ir::Packet& packet : packets) {
    const ir::Effect expected = effect(subject.ruleset, hook, packet);
    const ir::Leaf leaf = table.leaf(expected);
    for (const auto& [name, map] : maps) {
      if (space.at(map, packet, hook.direction) == leaf) continue;
      FAIL_CHECK(name << " differs on " << to_string(packet) << ": the evaluator says "
                      << to_string(expected));
      return 0;
    }
    for (const auto& [name, ruleset] : subject.after_passes) {
      if (effect(ruleset, hook, packet) == expected) continue;
      FAIL_CHECK(name << " differ on " << to_string(packet) << ": the evaluator says "
                      << to_string(expected));
      return 0;
    }
  }
  return packets.size() * (maps.size() + subject.after_passes.size());
}

TEST_CASE("agreement: a million pairs of rules and packet mean the same to every implementation") {
  static constexpr std::size_t kPacketsOfHook = 1000;
  std::set<std::string_view> missing(std::begin(kForms), std::end(kForms));
  std::size_t pairs = 0, compared = 0, rulesets = 0;
  const std::size_t wanted = wanted_pairs();
  for (std::uint64_t seed = 0; pairs < wanted; ++seed, ++rulesets) {
    CAPTURE(seed);
    const Subject subject = subject_of(seed);
    std::erase_if(missing,
                  [&](std::string_view form) { return subject.written.find(form) != std::string::npos; });
    for (const ir::InterfaceHook& hook : subject.ruleset.hooks) {
      const auto packets = boundary_packets(subject.ruleset, hook, kPacketsOfHook);
      compared += check_hook(subject, hook, packets);
      pairs += packets.size();
    }
  }
  CHECK_MESSAGE(missing.empty(), fmt::format("no artifact has: {}", fmt::join(missing, "   ")));
  MESSAGE(
      fmt::format("{} pairs of {} rulesets, {} comparisons with the evaluator", pairs, rulesets, compared));
}

}  // namespace untrack::property
