// What a packet costs in the raw table: compiled rules, the same rules by hand, and connection tracking, each
// relative to an empty table. Needs root, nft and network namespaces; not a test.
//
// usage: bench_packets [ROUNDS]
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <utility>

#include <fmt/format.h>

#include "backends/nft/emit.h"
#include "ir/evaluate.h"
#include "support/overloaded.h"
#include "tests/bench/packets/measure.h"
#include "tests/bench/packets/workloads.h"

using namespace untrack;
using namespace untrack::bench;

static constexpr int kRounds = 41;

static std::string compiled(const ir::Ruleset& ruleset) {
  Diagnostics diagnostics;
  return backends::nft::emit(ruleset, {}, diagnostics).front().bytes;
}

static Counts expected(const Workload& workload) {
  Counts counts;
  for (const ir::Packet& packet : workload.packets) {
    switch (ir::evaluate(workload.ruleset, workload.ruleset.hooks.front(), packet).verdict) {
      case ir::Verdict::Untrack: ++counts.untracked; break;
      case ir::Verdict::Track: ++counts.tracked; break;
      case ir::Verdict::Drop: break;
    }
  }
  return counts;
}

static Generator generator_for(const Workload& workload) {
  std::vector<Frame> frames;
  for (const ir::Packet& packet : workload.packets) frames.push_back(frame(packet));
  return Generator(frames);
}

static void add(Variants& variants, const Generator& generator, const Workload& workload, std::string name,
                const std::string& script) {
  variants.push_back(std::make_unique<Variant>(std::move(name)));
  const Variant& variant = *variants.back();
  variant.load_nft(script);
  const auto packets = static_cast<std::uint32_t>(workload.packets.size());
  if (variant.counts(generator, packets) != expected(workload)) {
    throw std::runtime_error(workload.name + ", " + variant.name() + ": wrong verdicts");
  }
  variant.drop_behind_raw();
}

static void print_row(const std::string& workload, const Variants& variants,
                      const std::vector<double>& costs) {
  fmt::print("{}\n", workload);
  for (std::size_t i = 0; i < variants.size(); ++i) {
    fmt::print("  {:32} {:8.0f} ns {:8.2f}\n", variants[i]->name(), costs[i], costs[i] / costs[0]);
  }
  std::fflush(stdout);
}

static void add_empty(Variants& variants) {
  variants.push_back(std::make_unique<Variant>("empty table"));
  variants.back()->drop_behind_raw();
}

enum class ByHand { Too, No };
static void measure_rules(const Workload& workload, int rounds, ByHand by_hand = ByHand::Too) {
  const Generator generator = generator_for(workload);
  Variants variants;
  add_empty(variants);
  const auto start = std::chrono::steady_clock::now();
  const std::string script = compiled(workload.ruleset);
  const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
  add(variants, generator, workload, "compiled", script);
  if (by_hand == ByHand::Too) {
    add(variants, generator, workload, "by hand, one rule after the other", linear_nft(workload.ruleset));
  }
  print_row(fmt::format("{} (written in {:.0f} ms)", workload.name, time.count()), variants,
            measure(generator, variants, rounds));
}

static void measure_tracking(int rounds) {
  const Workload workload = services(100, Hit::Yes);
  const Generator generator = generator_for(workload);
  const auto packets = static_cast<std::uint32_t>(workload.packets.size());
  Variants variants;
  add_empty(variants);
  variants.push_back(std::make_unique<Variant>("one notrack"));
  variants.back()->load_nft(
      "table inet untrack {\nchain prerouting {\ntype filter hook prerouting priority raw; notrack "
      "accept\n}\n}\n");
  variants.back()->drop_behind_raw();
  for (const bool known : {true, false}) {
    variants.push_back(std::make_unique<Variant>(known ? "tracked, a known flow" : "tracked, a new flow"));
    variants.back()->track(generator, packets, known);
  }
  print_row("connection tracking", variants, measure(generator, variants, rounds));
}

int main(int count, char** words) {
  const int rounds = count > 1 ? std::atoi(words[1]) : kRounds;
  if (const std::string lacking = kernel::missing("nft ip sysctl"); !lacking.empty()) {
    fmt::print("skipped: this needs {}\n", lacking);
    return 0;
  }
  try {
    fmt::print("CPU time a packet, 10 % quantile over {} rounds; and relative to the empty table\n", rounds);
    measure_tracking(rounds);
    for (const std::size_t size : {100, 1000, 5000}) {
      for (const Hit hit : {Hit::Yes, Hit::No}) measure_rules(services(size, hit), rounds);
    }
    for (const Hit hit : {Hit::Yes, Hit::No}) {
      measure_rules(services(1000, hit, true), rounds, ByHand::No);
    }
    for (const std::size_t size : {1000, 10'000, 50'000}) {
      for (const Hit hit : {Hit::No, Hit::Yes}) measure_rules(block_list(size, hit), rounds);
    }
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
  return 0;
}
