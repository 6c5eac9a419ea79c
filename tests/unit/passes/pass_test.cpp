// What each pass does, in the textual form; and what all of them promise, on random rulesets.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "ir/invariants.h"
#include "ir/meaning.h"
#include "ir/print.h"
#include "passes/drop_idle_tail.h"
#include "passes/drop_shadowed.h"
#include "passes/flatten_tiers.h"
#include "passes/merge_rules.h"
#include "passes/pipeline.h"
#include "passes/share_sets.h"
#include "tests/property/generate.h"

using namespace untrack;
using namespace untrack::passes;

static ir::Ruleset parsed(std::string_view text) {
  auto result = ir::parse_ruleset(text);
  if (const auto* error = std::get_if<ir::ParseError>(&result)) FAIL(error->line << ": " << error->message);
  return std::get<ir::Ruleset>(std::move(result));
}

static constexpr std::string_view kSets = R"(node n

%a0 = addresses `selector a` {
  10.0.0.0/24
}
%a1 = addresses `selector b` {
  10.0.1.0/24
}
)";

static std::string hook(std::string_view blocks) {
  return fmt::format("\nhook eth0 ingress {{\n{}}}\n", blocks);
}

// The hook's text after the pass; the sets are left out.
template <Pass P>
static std::string after(std::string_view blocks) {
  ir::Ruleset ruleset = parsed(std::string(kSets) + hook(blocks));
  ir::PacketSpace space;
  PassContext context{space};
  P().run(ruleset, context);
  const std::string text = ir::print(ruleset);
  return text.substr(text.find("\nhook"));
}

TEST_CASE("flatten-tiers: tiers without a next-block become one") {
  CHECK(after<FlattenTiers>(R"(  block failsafe {
    track tcp to port 22  <- failsafe ingress 0
  }
  block tier a {
    drop tcp  <- gnp/a ingress 0
    next-block udp  <- gnp/a ingress 1
  }
  block tier b {
    untrack udp  <- gnp/b ingress 0
  }
)") == hook(R"(  block failsafe {
    track tcp to port 22  <- failsafe ingress 0
  }
  block tier a, tier b {
    drop tcp  <- gnp/a ingress 0
    untrack udp  <- gnp/b ingress 0
  }
)"));
}

TEST_CASE("flatten-tiers: a next-block before other rules keeps its border, in the last block it tracks") {
  CHECK(after<FlattenTiers>(R"(  block tier a {
    next-block udp  <- gnp/a ingress 0
    drop any  <- gnp/a ingress 1
  }
  block tier b {
    next-block udp to port 53  <- gnp/b ingress 0
    untrack udp  <- gnp/b ingress 1
  }
)") == hook(R"(  block tier a {
    next-block udp  <- gnp/a ingress 0
    drop any  <- gnp/a ingress 1
  }
  block tier b {
    track udp to port 53  <- gnp/b ingress 0
    untrack udp  <- gnp/b ingress 1
  }
)"));
}

TEST_CASE("drop-shadowed: a rule covered by others together goes, also in a later block") {
  CHECK(after<DropShadowed>(R"(  block b {
    drop tcp to port 0:99  <- gnp/a ingress 0
    next-block tcp to port 100:65535  <- gnp/a ingress 1
    untrack tcp to port 80:100  <- gnp/a ingress 2
    untrack udp to port 80  <- gnp/a ingress 3
  }
  block c {
    untrack tcp from %a0 to port 80  <- gnp/a ingress 4
  }
)") == hook(R"(  block b {
    drop tcp to port 0:99  <- gnp/a ingress 0
    next-block tcp to port 100:65535  <- gnp/a ingress 1
    untrack udp to port 80  <- gnp/a ingress 3
  }
)"));
}

TEST_CASE("drop-shadowed: packets without ports keep a rule alive") {
  static constexpr std::string_view kStays = R"(  block b {
    drop tcp to port 0:65535  <- gnp/a ingress 0
    drop tcp to not port 1  <- gnp/a ingress 1
  }
)";
  CHECK(after<DropShadowed>(kStays) == hook(kStays));
}

TEST_CASE("merge-rules: rules that differ in one list become one, past rules they share no packet with") {
  CHECK(after<MergeRules>(R"(  block b {
    untrack tcp from %a0 to port 80  <- gnp/a ingress 0
    drop udp  <- gnp/a ingress 1
    untrack tcp from %a0 to port 443  <- gnp/b ingress 0
    untrack tcp from %a1 to port 80,443  <- gnp/b ingress 1
    drop ipv4 protocol 89  <- gnp/c ingress 0
    drop ipv6 protocol 89  <- gnp/c ingress 1
  }
)") == hook(R"(  block b {
    untrack tcp from %a2 to port 80,443  <- gnp/a ingress 0, gnp/b ingress 0 1
    drop udp  <- gnp/a ingress 1
    drop protocol 89  <- gnp/c ingress 0 1
  }
)"));
}

TEST_CASE("merge-rules: what would change the meaning stays") {
  static constexpr std::string_view kStays[] = {
      // A rule of another action between them takes some of the packets.
      R"(  block b {
    untrack tcp to port 80  <- gnp/a ingress 0
    drop tcp from %a0  <- gnp/a ingress 1
    untrack tcp to port 443  <- gnp/a ingress 2
  }
)",
      // Nothing moves past a rule that logs.
      R"(  block b {
    untrack tcp to port 80  <- gnp/a ingress 0
    log `l: ` udp  <- gnp/a ingress 1
    untrack tcp to port 443  <- gnp/a ingress 2
  }
)",
      // Each packet is logged once for each rule.
      R"(  block b {
    log `l: ` tcp to port 80  <- gnp/a ingress 0
    log `l: ` tcp to port 443  <- gnp/a ingress 1
  }
)",
      // They differ in two fields.
      R"(  block b {
    untrack tcp from %a0 to port 80  <- gnp/a ingress 0
    untrack tcp from %a1 to port 443  <- gnp/a ingress 1
  }
)",
      // One of them has no ports to add to.
      R"(  block b {
    untrack tcp to port 80  <- gnp/a ingress 0
    untrack tcp  <- gnp/a ingress 1
  }
)",
  };
  for (const std::string_view blocks : kStays) CHECK(after<MergeRules>(blocks) == hook(blocks));
}

TEST_CASE("merge-rules: rules with several sets differ in one of them") {
  CHECK(after<MergeRules>(R"(  block b {
    drop from %a0 & %a1  <- gnp/a ingress 0
    drop from %a1 & %a0  <- gnp/a ingress 1
    drop from %a1  <- gnp/a ingress 2
  }
)") == hook(R"(  block b {
    drop from %a0 & %a1  <- gnp/a ingress 0 1
    drop from %a1  <- gnp/a ingress 2
  }
)"));
}

TEST_CASE("drop-idle-tail: what says the same as the end goes, with what it leaves empty") {
  CHECK(after<DropIdleTail>(R"(  block failsafe {
    track tcp to port 22  <- failsafe ingress 0
  }
  block tier a {
    next-block tcp  <- gnp/a ingress 0
    track any  <- gnp/a ingress 1
  }
)") == hook(""));
  static constexpr std::string_view kStays = R"(  block b {
    track tcp  <- gnp/a ingress 0
    drop any  <- gnp/a ingress 1
  }
)";
  CHECK(after<DropIdleTail>(kStays) == hook(kStays));
}

TEST_CASE("share-sets: only used sets stay, numbered by first use") {
  ir::Ruleset ruleset = parsed(std::string(kSets) + R"(%a2 = addresses {
}

%s0 = sockets {
}
%s1 = sockets {
  10.0.0.1 tcp 80
}
)" + hook("  block b {\n    drop from %a2 not %a0 to not port %s1  <- gnp/a ingress 0\n  }\n"));
  ir::PacketSpace space;
  PassContext context{space};
  CHECK(ShareSets().run(ruleset, context) == Changed::Yes);
  CHECK(ir::print(ruleset) == R"(node n

%a0 = addresses {
}
%a1 = addresses `selector a` {
  10.0.0.0/24
}

%s0 = sockets {
  10.0.0.1 tcp 80
}
)" + hook("  block b {\n    drop from %a0 not %a1 to not port %s0  <- gnp/a ingress 0\n  }\n"));
  CHECK(ShareSets().run(ruleset, context) == Changed::No);
}

// ---- what every pass promises

static std::vector<ir::PacketMap> all_effects(ir::PacketSpace& space, const ir::Ruleset& ruleset,
                                              ir::EffectTable& table) {
  std::vector<ir::PacketMap> maps;
  for (const ir::InterfaceHook& each : ruleset.hooks)
    maps.push_back(ir::effects(space, ruleset, each, table));
  return maps;
}

static void check_promises(std::string_view pass, std::uint64_t seed, const property::RulesetShape& shape) {
  CAPTURE(pass);
  CAPTURE(seed);
  ir::Ruleset ruleset = property::random_ruleset(seed, shape);
  ir::PacketSpace space;
  ir::EffectTable table;
  PassContext context{space};
  const auto before = all_effects(space, ruleset, table);
  const PipelineOptions only{{}, {std::string(pass)}};

  run_pipeline(ruleset, context, only);
  CHECK(ir::broken_invariant(ruleset) == std::nullopt);
  CHECK(all_effects(space, ruleset, table) == before);

  const std::string once = ir::print(ruleset);
  run_pipeline(ruleset, context, only);
  CHECK(ir::print(ruleset) == once);
  CHECK(ir::print(parsed(once)) == once);
  CHECK_FALSE(space.exhausted());
}

TEST_CASE("passes: each keeps the effects and the invariants, and twice is once") {
  static const property::RulesetShape kShapes[] = {
      {},
      {.interfaces = 1, .blocks = 2, .rules = 12, .prefixes = 3, .failsafes = false, .logs = false},
      {.any_match = true},
  };
  for (const property::RulesetShape& shape : kShapes) {
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
      for (const std::string_view pass : pass_names()) check_promises(pass, seed, shape);
    }
  }
}

TEST_CASE("pipeline: all passes together keep the effects, and each is dumped") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    ir::Ruleset ruleset = property::random_ruleset(seed);
    ir::PacketSpace space;
    ir::EffectTable table;
    PassContext context{space};
    const auto before = all_effects(space, ruleset, table);
    std::vector<std::string_view> dumped;
    run_pipeline(ruleset, context,
                 {[&](std::string_view pass, const ir::Ruleset&) { dumped.push_back(pass); }, {}});
    CHECK(all_effects(space, ruleset, table) == before);
    CHECK(dumped == pass_names());
  }
}
