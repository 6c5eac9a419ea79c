// Every backend against the independent reader: the artifacts of random rulesets are proved equal to the
// rulesets.
#include <doctest/doctest.h>

#include "backends/iptables/emit.h"
#include "backends/nft/emit.h"
#include "support/overloaded.h"
#include "tests/property/generate.h"
#include "verify/prove.h"

using namespace untrack;

static constexpr std::uint64_t kRulesets = 200;

static void check_proved(const ir::Ruleset& ruleset, const verify::ReadResult& result) {
  std::visit(overloaded{[](const verify::Refusal& refusal) {
                          FAIL_CHECK(refusal.file << ":" << refusal.line << ": " << refusal.message);
                        },
                        [&](const verify::Reading& reading) {
                          ir::PacketSpace space;
                          const verify::Proof proof = verify::prove_equal(space, ruleset, reading);
                          if (const auto* difference = std::get_if<verify::Difference>(&proof)) {
                            FAIL_CHECK(difference->to_string());
                          }
                          CHECK(std::holds_alternative<verify::Equal>(proof));
                        }},
             result);
}

static ir::Ruleset ruleset(std::uint64_t seed) {
  property::RulesetShape shape;
  shape.any_match = seed % 2 == 1;
  shape.prefixes = seed % 5 == 0 ? 20 : shape.prefixes;     // past what nft keeps in the rule
  shape.prefixes = seed % 22 == 0 ? 4000 : shape.prefixes;  // and past what it looks up in one set
  shape.rules = seed % 3 == 0 ? 25 : shape.rules;           // many in one direction: split by port
  return property::random_ruleset(seed, shape);
}

TEST_CASE("nft artifacts mean what their rulesets mean") {
  for (std::uint64_t seed = 0; seed < kRulesets; ++seed) {
    CAPTURE(seed);
    const ir::Ruleset policy = ruleset(seed);
    Diagnostics diagnostics;
    const auto files = backends::nft::emit(policy, {.strip = seed % 3 == 0}, diagnostics);
    check_proved(policy, verify::read_nft(files[0].path, files[0].bytes));
  }
}

TEST_CASE("iptables artifacts mean what their rulesets mean") {
  for (std::uint64_t seed = 0; seed < kRulesets; ++seed) {
    CAPTURE(seed);
    const ir::Ruleset policy = ruleset(seed);
    Diagnostics diagnostics;
    const auto files = backends::iptables::emit(policy, {.strip = seed % 3 == 0}, diagnostics);
    check_proved(policy, verify::read_iptables({files[0].bytes, files[1].bytes, files[2].bytes}));
  }
}
