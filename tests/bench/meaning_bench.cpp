// How long the meaning of large rulesets takes and how big it is. Each workload runs in a process of its own,
// so that its memory is its own. Arguments: parts of workload names to run; none: all.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <set>
#include <string_view>
#include <vector>

#include "ir/meaning.h"
#include "tests/bench/workloads.h"

using namespace untrack;
using namespace untrack::ir;

struct Workload {
  std::string_view name;
  std::function<Ruleset()> make;
};

static const std::vector<Workload> kWorkloads = {
    {"services 1,000", [] { return bench::services(1000); }},
    {"services 10,000", [] { return bench::services(10000); }},
    {"wide sources 1,000", [] { return bench::services_with_wide_sources(1000); }},
    {"wide sources 10,000", [] { return bench::services_with_wide_sources(10000); }},
    {"deny 50,000 + 100", [] { return bench::deny_list(50000, 100); }},
    {"overlapping 1,000", [] { return bench::overlapping(1000); }},
};

static std::size_t dead_rules(const InterfaceHook& hook, const HookMeaning& meaning) {
  std::set<RuleRef> met;
  for (const Trace& trace : meaning.traces) met.insert(trace.rules.begin(), trace.rules.end());
  std::size_t rules = 0;
  for (const Block& block : hook.blocks) rules += block.rules.size();
  return rules - met.size();
}

static long peak_kilobytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

static void measure(const Workload& workload) {
  const Ruleset ruleset = workload.make();
  const long before = peak_kilobytes();
  const auto start = std::chrono::steady_clock::now();
  PacketSpace space;
  const InterfaceHook& in = ruleset.hooks[0];
  const HookMeaning ingress = meaning(space, ruleset, in);
  const auto composed = std::chrono::steady_clock::now();
  const std::size_t dead = dead_rules(in, ingress);
  bool symmetric = false;
  if (ruleset.hooks.size() > 1) {
    const HookMeaning egress = meaning(space, ruleset, ruleset.hooks[1]);
    symmetric = space.replies_of(packets_with(space, ingress, Verdict::Untrack)) ==
                packets_with(space, egress, Verdict::Untrack);
  }
  const auto end = std::chrono::steady_clock::now();
  using Milliseconds = std::chrono::duration<double, std::milli>;
  std::printf(
      "%-20s meaning %8.1f ms, with dead rules and symmetry %8.1f ms; %9zu edges of %9zu made, %4ld MB; "
      "%zu dead, %s%s\n",
      std::string(workload.name).c_str(), Milliseconds(composed - start).count(),
      Milliseconds(end - start).count(), space.edge_count(ingress.map), space.edge_count(),
      (peak_kilobytes() - before) / 1024, dead, symmetric ? "symmetric" : "no mirror",
      space.exhausted() ? ", EXHAUSTED" : "");
}

int main(int argc, char** argv) {
  for (const Workload& workload : kWorkloads) {
    const bool wanted =
        argc < 2 || std::any_of(
                        argv + 1, argv + argc,
                        [&](const char* part) { return workload.name.find(part) != std::string_view::npos; });
    if (!wanted) continue;
    std::fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
      measure(workload);
      return 0;
    }
    waitpid(child, nullptr, 0);
  }
}
