// Every backend against the independent reader: the artifacts of random rulesets are proved equal to the
// rulesets.
#include <array>
#include <regex>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "backends/iptables/emit.h"
#include "backends/nft/emit.h"
#include "driver/targets.h"
#include "support/overloaded.h"
#include "tests/property/generate.h"
#include "verify/prove.h"

using namespace untrack;

static constexpr std::uint64_t kRulesets = 240;

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
  if (seed % 6 == 5)
    return property::random_list(seed, property::kListKinds[seed / 6 % std::size(property::kListKinds)]);
  property::RulesetShape shape;
  shape.plain = seed % 6 == 4;
  shape.any_match = seed % 2 == 1;
  shape.prefixes = seed % 5 == 0 ? 60 : shape.prefixes;  // past what nft keeps in the rule, or in one table
  shape.rules = seed % 3 == 0 ? 25 : shape.rules;        // many in one direction: split by port
  return property::random_ruleset(seed, shape);
}

TEST_CASE("nft artifacts mean what their rulesets mean") {
  int ports_first = 0;  // docs/backends.md: one of two forms
  int called = 0;       // tables of nets below others
  int split = 0;        // chains of what is left for an address
  for (std::uint64_t seed = 0; seed < kRulesets; ++seed) {
    CAPTURE(seed);
    const ir::Ruleset policy = ruleset(seed);
    Diagnostics diagnostics;
    const auto files = backends::nft::emit(policy, {.strip = seed % 3 == 0}, diagnostics);
    check_proved(policy, verify::read_nft(files[0].path, files[0].bytes));
    if (files[0].bytes.find("\tchain untrack-tcp {") != std::string::npos ||
        files[0].bytes.find("/untrack-tcp {") != std::string::npos) {
      ++ports_first;
    }
    if (files[0].bytes.find(" : jump ") != std::string::npos) ++called;
    if (files[0].bytes.find("/saddr4-1 {") != std::string::npos ||
        files[0].bytes.find("/daddr4-1 {") != std::string::npos) {
      ++split;
    }
  }
  CHECK(ports_first > 30);
  CHECK(called > 20);
  CHECK(split > 20);
}

TEST_CASE("nft artifacts that look addresses up mean what their rulesets mean") {
  int services = 0, by_address = 0;
  for (std::uint64_t seed = 0; seed < kRulesets / 3; ++seed) {
    CAPTURE(seed);
    const ir::Ruleset policy = property::random_list(seed, property::ListKind::Peers);
    Diagnostics diagnostics;
    const std::string text = backends::nft::emit(policy, {}, diagnostics).front().bytes;
    check_proved(policy, verify::read_nft("untrack.nft", text));
    if (text.find("/services4-") != std::string::npos) ++services;
    if (text.find("/saddr4") != std::string::npos || text.find("/daddr4") != std::string::npos) ++by_address;
  }
  CHECK(services > 10);
  CHECK(by_address > 10);
}

// Nets of all lengths, far from each other, so that a list of them stays long.
static ir::AddressSet scattered_nets(property::Random& random, std::size_t count) {
  std::vector<ir::Cidr> nets;
  for (std::size_t i = 0; i < count; ++i) {
    const int bits = random.pick(std::to_array({14, 20, 24, 24, 24, 32, 32, 32}));
    nets.emplace_back(ir::Address(ir::IpVersion::V4, random.below(1ull << 32)), bits);
    const ir::AddressBits high = ir::AddressBits{0x2000 | random.below(0x1000)} << 112;
    nets.emplace_back(ir::Address(ir::IpVersion::V6, high | ir::AddressBits{random.next()} << 48), 2 * bits);
  }
  return ir::AddressSet(std::move(nets));
}

TEST_CASE("nft artifacts with long lists of nets mean what their rulesets mean") {
  property::Random random(1);
  ir::Ruleset policy = property::random_ruleset(8);
  ir::InterfaceHook& hook = policy.hooks.front();
  ir::Rule deny{{}, ir::Drop{}, {{"gnp/deny", hook.direction, 0, {}}}};
  deny.match.source.in.push_back(policy.address_sets.intern(scattered_nets(random, 1500)));
  ir::Rule allow{{}, ir::Untrack{}, {{"gnp/allow", hook.direction, 0, {}}}};
  allow.match.destination.not_in.push_back(policy.address_sets.intern(scattered_nets(random, 1500)));
  ir::Block block{"tier lists", {deny, allow}};
  hook.blocks.insert(hook.blocks.begin(), std::move(block));
  policy.address_set_origins.resize(policy.address_sets.size());
  Diagnostics diagnostics;
  const auto files = backends::nft::emit(policy, {}, diagnostics);
  CHECK(files[0].bytes.find("ip saddr & 255.252.0.0 vmap @") != std::string::npos);
  CHECK(files[0].bytes.find("ip6 daddr & ffff:ffff:ffff:: != @") != std::string::npos);
  check_proved(policy, verify::read_nft(files[0].path, files[0].bytes));
}

TEST_CASE("iptables artifacts with sets of peers mean what their rulesets mean") {
  int sets_of_nets = 0;
  for (std::uint64_t seed = 0; seed < kRulesets / 3; ++seed) {
    CAPTURE(seed);
    const ir::Ruleset policy = property::random_list(seed, property::ListKind::Peers);
    Diagnostics diagnostics;
    const auto files = backends::iptables::emit(policy, {}, diagnostics);
    check_proved(policy, verify::read_iptables({files[0].bytes, files[1].bytes, files[2].bytes}));
    if (files[1].bytes.find(" -m set --match-set untrack-net4-") != std::string::npos) ++sets_of_nets;
  }
  CHECK(sets_of_nets > 10);
}

TEST_CASE("iptables artifacts with nets in two levels mean what their rulesets mean") {
  int in_one_block = 0, in_more = 0, of_hashes = 0;
  for (std::uint64_t seed = 0; seed < kRulesets / 3; ++seed) {
    CAPTURE(seed);
    const ir::Ruleset policy = property::random_list(seed, property::ListKind::Regions);
    Diagnostics diagnostics;
    const auto files = backends::iptables::emit(policy, {}, diagnostics);
    check_proved(policy, verify::read_iptables({files[0].bytes, files[1].bytes, files[2].bytes}));
    std::set<std::string> ranges;
    for (std::size_t at = 0; (at = files[0].bytes.find("bitmap:ip range ", at)) != std::string::npos; ++at)
      ranges.insert(files[0].bytes.substr(at, files[0].bytes.find('\n', at) - at));
    if (ranges.size() == 1) ++in_one_block;
    if (ranges.size() > 1) ++in_more;
    const auto goes_on = [&](std::string_view line) {
      return line.find(" -g untrack-in-") != std::string::npos ||
             line.find(" -g untrack-out-") != std::string::npos;
    };
    for (std::size_t at = 0; (at = files[2].bytes.find("--match-set untrack-net6-", at)) != std::string::npos;
         ++at) {
      const std::size_t end = files[2].bytes.find('\n', at);
      if (!goes_on(std::string_view(files[2].bytes).substr(at, end - at))) continue;
      ++of_hashes;
      break;
    }
  }
  CHECK(in_one_block > 10);
  CHECK(in_more > 10);
  CHECK(of_hashes > 10);
}

TEST_CASE("iptables artifacts with trees of addresses mean what their rulesets mean") {
  int trees = 0;
  for (std::uint64_t seed = 0; seed < kRulesets / 3; ++seed) {
    CAPTURE(seed);
    const ir::Ruleset policy = property::random_list(seed, property::ListKind::Pairs);
    Diagnostics diagnostics;
    const auto files = backends::iptables::emit(policy, {}, diagnostics);
    check_proved(policy, verify::read_iptables({files[0].bytes, files[1].bytes, files[2].bytes}));
    // Rules that ask for one net and then go on in another chain.
    if (std::regex_search(files[1].bytes, std::regex("-A untrack-\\S+ -[sd] \\S+ -g untrack-(in|out)-")))
      ++trees;
  }
  CHECK(trees > 12);
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

// A program has no form for log rules, which decide nothing.
TEST_CASE("bpf images, with the rules beside them, mean what their rulesets mean") {
  const driver::Backend& bpf = driver::backend_of(driver::Target::Bpf);
  for (std::uint64_t seed = 0; seed < kRulesets; ++seed) {
    CAPTURE(seed);
    ir::Ruleset policy = ruleset(seed);
    for (ir::InterfaceHook& hook : policy.hooks) {
      for (ir::Block& block : hook.blocks) {
        std::erase_if(block.rules, [](const ir::Rule& rule) {
          return std::holds_alternative<ir::LogPacket>(rule.action);
        });
      }
    }
    Diagnostics diagnostics;
    const auto files = bpf.emit(policy, {.strip = seed % 3 == 0}, diagnostics);
    REQUIRE(!files.empty());
    for (const verify::ReadResult& each : bpf.read(files)) check_proved(policy, each);
  }
}
