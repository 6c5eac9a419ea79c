// What rules cost a packet in table raw, and how long they take to write and to load: compiled, the same
// rules as people and agents write them, and connection tracking, all in one run. Needs root, network
// namespaces, nft, iptables and ipset; not a test.
//
// usage: bench_packets [ROUNDS [PART...]]      PART: tracking services nets pairs bpf parts times images
// mixed
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "ir/evaluate.h"
#include "tests/bench/packets/lowerings.h"
#include "tests/bench/packets/measure.h"
#include "tests/bench/packets/workloads.h"

using namespace untrack;
using namespace untrack::bench;

static constexpr int kRounds = 41;
// Above it the linear forms, which load slowly as well, are left out.
static constexpr std::size_t kMostLinear = 1000;

static std::vector<Lowering> compiled() {
  return {compiled_nft(),
          compiled_iptables(Flavour::Legacy),
          compiled_iptables(Flavour::Nft),
          compiled_bpf(Programs::Tc),
          compiled_bpf(Programs::TcAndGenericXdp),
          compiled_bpf(Programs::TcAndNativeXdp)};
}
static std::vector<Lowering> by_hand() {
  return {linear_nft(), linear_iptables(Flavour::Legacy), linear_iptables(Flavour::Nft),
          chain_for_each_policy()};
}

// ---- packets

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

static Variant& add(Variants& variants, std::string name, Path path = Path::Raw) {
  return *variants.emplace_back(std::make_unique<Variant>(std::move(name), path));
}

static Variant& add(Variants& variants, const Generator& generator, const Workload& workload,
                    const Lowering& lowering, Path path = Path::Raw) {
  Variant& variant = add(variants, lowering.name, path);
  variant.load(lowering.write(workload.ruleset));
  if (lowering.native_xdp) variant.ask_first(lowering.native_xdp(workload.ruleset));
  const auto packets = static_cast<std::uint32_t>(workload.packets.size());
  if (variant.counts(generator, packets) != expected(workload)) {
    throw std::runtime_error(workload.name + ", " + variant.name() + ": wrong verdicts");
  }
  return variant;
}

// Each beside the first variant.
static void print_costs(const std::string& title, const Variants& variants,
                        const std::vector<double>& costs) {
  fmt::print("\n{}\n", title);
  for (std::size_t i = 0; i < variants.size(); ++i) {
    fmt::print("  {:44} {:8.0f} ns {:8.2f}\n", variants[i]->name(), costs[i], costs[i] / costs[0]);
  }
  std::fflush(stdout);
}

static void measure_rules(const Workload& workload, const std::vector<Lowering>& lowerings, int rounds) {
  const Generator generator = generator_for(workload);
  Variants variants;
  add(variants, "empty table");
  for (const Lowering& lowering : lowerings) add(variants, generator, workload, lowering);
  for (const auto& variant : variants) variant->drop_behind_raw();
  print_costs(workload.name, variants, measure(generator, variants, rounds));
}

// The whole way through a host whose filter asks for the state of connections. What one rule costs that
// untracks everything is the least that any rules can.
static void measure_tracking(const Workload& workload, int rounds) {
  const Generator generator = generator_for(workload);
  const auto packets = static_cast<std::uint32_t>(workload.packets.size());
  Variants variants;
  add(variants, "no rules, no tracking", Path::Forward);
  Variant& single = add(variants, "one rule that untracks everything", Path::Forward);
  single.load(single_rule());
  single.track();
  for (const Lowering& lowering : compiled()) {
    add(variants, generator, workload, lowering, Path::Forward).track();
  }
  for (const Flows flows : {Flows::Known, Flows::New}) {
    Variant& variant =
        add(variants, flows == Flows::Known ? "tracked, a known flow" : "tracked, a new flow", Path::Forward);
    variant.track();
    variant.set_flows(flows, generator, packets);
  }
  print_costs(fmt::format("{}, {} flows, forwarded", workload.name, packets), variants,
              measure(generator, variants, rounds));
}

static void measure_tracking(int rounds) {
  for (const std::size_t size : {1000, 5000}) {
    for (const std::size_t packets : {kFewPackets, kManyPackets})
      measure_tracking(services(size, Hit::Yes, {.packets = packets}), rounds);
  }
  measure_tracking(block_list(50'000, Hit::No), rounds);
}

static void measure_services(int rounds) {
  for (const std::size_t size : {100, 1000, 5000}) {
    std::vector<Lowering> lowerings = compiled();
    if (size <= kMostLinear) std::ranges::copy(by_hand(), std::back_inserter(lowerings));
    for (const Hit hit : {Hit::Yes, Hit::No}) measure_rules(services(size, hit), lowerings, rounds);
  }
  for (const Hit hit : {Hit::Yes, Hit::No})
    measure_rules(services(1000, hit, {.failsafes = true}), compiled(), rounds);
}

static void measure_nets(int rounds) {
  for (const std::size_t size : {1000, 10'000, 50'000}) {
    std::vector<Lowering> lowerings = compiled();
    lowerings.push_back(linear_nft());  // one rule with one set of intervals
    if (size <= kMostLinear) lowerings.push_back(linear_iptables(Flavour::Legacy));
    for (const Hit hit : {Hit::No, Hit::Yes}) measure_rules(block_list(size, hit), lowerings, rounds);
  }
}

static void measure_pairs(int rounds) {
  std::vector<Lowering> lowerings = compiled();
  lowerings.push_back(linear_nft());
  lowerings.push_back(linear_iptables(Flavour::Legacy));
  for (const std::size_t size : {4, 10, 30, 100, 1000}) {
    for (const Hit hit : {Hit::Yes, Hit::No}) measure_rules(pairs(size, hit), lowerings, rounds);
  }
}

// Programs alone, with what the issue that they are held to asks for.
static void measure_bpf(int rounds) {
  const std::vector<Lowering> lowerings = {compiled_bpf(Programs::Tc),
                                           compiled_bpf(Programs::TcAndNativeXdp)};
  for (const std::size_t size : {10, 100, 1000, 5000}) {
    for (const Hit hit : {Hit::Yes, Hit::No}) measure_rules(services(size, hit), lowerings, rounds);
  }
  for (const std::size_t size : {1000, 10'000, 50'000}) {
    for (const Hit hit : {Hit::No, Hit::Yes}) measure_rules(block_list(size, hit), lowerings, rounds);
  }
}

static void measure_parts(int rounds) {
  for (const Hit hit : {Hit::Yes, Hit::No}) {
    const Workload workload = services(1000, hit);
    const Generator generator = generator_for(workload);
    Variants variants;
    add(variants, "empty table");
    for (const Lowering& lowering : parts_of_bpf())
      add(variants, lowering.name).load(lowering.write(workload.ruleset));
    for (const auto& variant : variants) variant->drop_behind_raw();
    print_costs(workload.name, variants, measure(generator, variants, rounds));
  }
}

// ---- times

struct Times {
  double write = 1e9;                // seconds; the best
  std::optional<double> load = 1e9;  // nothing: longer than kLoadLimit
  std::size_t bytes = 0;             // of what is loaded
};
static constexpr int kLoadLimit = 100;  // seconds

static Times best_times(const Lowering& lowering, const ir::Ruleset& ruleset, int attempts) {
  Times best;
  for (int i = 0; i < attempts && best.load; ++i) {
    const auto start = std::chrono::steady_clock::now();
    Loads loads = lowering.write(ruleset);
    const std::chrono::duration<double> written = std::chrono::steady_clock::now() - start;
    best.write = std::min(best.write, written.count());
    best.bytes = 0;
    for (const Load& each : loads) best.bytes += each.input.size();
    for (Load& each : loads) each.command = fmt::format("timeout {} {}", kLoadLimit, each.command);
    try {
      best.load = std::min(*best.load, Variant("loaded").load(loads));
    } catch (const TimedOut&) {
      best.load.reset();
    }
  }
  return best;
}

static void print_times(const std::string& title, const std::vector<Lowering>& lowerings,
                        const ir::Ruleset& ruleset, int attempts) {
  fmt::print("\n{}\n", title);
  for (const Lowering& lowering : lowerings) {
    const Times times = best_times(lowering, ruleset, attempts);
    fmt::print("  {:44} written in {:6.1f} ms, {:6} kB, loaded in {} s\n", lowering.name, times.write * 1e3,
               times.bytes / 1000,
               times.load ? fmt::format("{:6.3f}", *times.load) : fmt::format("more than {}", kLoadLimit));
    std::fflush(stdout);
  }
}

static void measure_times() {
  const std::vector<Lowering> compiled_forms = {compiled_nft(), compiled_iptables(Flavour::Legacy),
                                                compiled_bpf(Programs::Tc)};
  std::vector<Lowering> all = compiled_forms;
  all.push_back(linear_nft());
  all.push_back(linear_iptables(Flavour::Legacy));
  for (const std::size_t elements : {1000, 10'000, 100'000}) {
    const int attempts = elements > 10'000 ? 1 : 3;
    print_times(fmt::format("{} elements of services", elements), all,
                services(elements / 3, Hit::Yes).ruleset, attempts);
    print_times(fmt::format("{} nets denied", elements), compiled_forms,
                block_list(elements, Hit::No).ruleset, attempts);
  }
  print_times("10000 policies of one node, a service each", compiled_forms,
              services(10'000, Hit::Yes).ruleset, 5);
}

static void measure_images() {
  const std::vector<Lowering> programs = {compiled_bpf(Programs::Tc)};
  for (const std::size_t size : {10, 100, 1000, 5000})
    print_times(fmt::format("{} services", size), programs, services(size, Hit::Yes).ruleset, 5);
  for (const std::size_t size : {1000, 10'000, 50'000, 100'000})
    print_times(fmt::format("{} nets denied", size), programs, block_list(size, Hit::No).ruleset, 5);
}

static void measure_mixed() {
  for (const std::size_t size : {1500, 3000, 6000}) {
    const Workload workload = mixed_rules(size);
    print_times(workload.name, {compiled_bpf(Programs::Tc)}, workload.ruleset, 1);
  }
}

int main(int count, char** words) {
  const int rounds = count > 1 ? std::atoi(words[1]) : kRounds;
  const std::vector<std::string> parts(words + std::min(count, 2), words + count);
  const auto wanted = [&](std::string_view part) {
    return parts.empty() || std::ranges::find(parts, part) != parts.end();
  };
  const std::string lacking = kernel::missing("nft ip tc sysctl ipset iptables-legacy iptables-nft");
  if (!lacking.empty()) {
    fmt::print("skipped: this needs {}\n", lacking);
    return 0;
  }
  try {
    fmt::print("CPU time a packet, 10 % quantile over {} rounds; and relative to the first row\n", rounds);
    if (wanted("tracking")) measure_tracking(rounds);
    if (wanted("services")) measure_services(rounds);
    if (wanted("nets")) measure_nets(rounds);
    if (wanted("pairs")) measure_pairs(rounds);
    if (wanted("bpf")) measure_bpf(rounds);
    if (wanted("parts")) measure_parts(rounds);
    if (wanted("times")) measure_times();
    if (wanted("images")) measure_images();
    if (wanted("mixed")) measure_mixed();
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
  return 0;
}
