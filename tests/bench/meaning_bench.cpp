// How long the meaning of large rulesets takes and how big it is. Each workload runs in a process of its own,
// so that its memory is its own. Arguments: parts of workload names to run; none: all.
#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>
#include <set>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "ir/meaning.h"
#include "tests/bench/bit_diagram.h"
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

// Of this process, now. Neither diagram frees nodes, so what is there at the end is the most that there was.
static long resident_kilobytes() {
  malloc_trim(0);
  long pages = 0, resident = 0;
  std::FILE* statm = std::fopen("/proc/self/statm", "r");
  if (statm == nullptr || std::fscanf(statm, "%ld %ld", &pages, &resident) != 2) resident = 0;
  if (statm != nullptr) std::fclose(statm);
  return resident * sysconf(_SC_PAGESIZE) / 1024;
}

// Processor time: the neighbours of a busy machine cost less of it than of the wall clock.
class Stopwatch {
 public:
  double milliseconds() const { return static_cast<double>(std::clock() - start_) * 1000 / CLOCKS_PER_SEC; }

 private:
  std::clock_t start_ = std::clock();
};

static void measure_intervals(const Workload& workload) {
  const Ruleset ruleset = workload.make();
  const long before = resident_kilobytes();
  const Stopwatch watch;
  PacketSpace space;
  const InterfaceHook& in = ruleset.hooks[0];
  const HookMeaning ingress = meaning(space, ruleset, in);
  const double composed = watch.milliseconds();
  const long memory = resident_kilobytes() - before;
  const std::size_t made = space.edge_count();
  const Stopwatch rest;
  const std::size_t dead = dead_rules(in, ingress);
  std::string_view mirror = "no mirror";
  if (ruleset.hooks.size() > 1) {
    const HookMeaning egress = meaning(space, ruleset, ruleset.hooks[1]);
    const PacketSet replies = space.replies_of(packets_with(space, ingress, Verdict::Untrack));
    mirror = replies == packets_with(space, egress, Verdict::Untrack) ? "symmetric" : "asymmetric";
  }
  const double all = composed + rest.milliseconds();
  fmt::print("{:20} intervals {:9.1f} ms {:9} edges of {:9} {:6.1f} MB; {} dead, {}: {:.1f} ms in all{}\n",
             workload.name, composed, space.edge_count(ingress.map), made, static_cast<double>(memory) / 1024,
             dead, mirror, all, space.exhausted() ? ", EXHAUSTED" : "");
}

static void measure_bits(const Workload& workload) {
  const Ruleset ruleset = workload.make();
  const long before = resident_kilobytes();
  const Stopwatch watch;
  bench::BitDiagram diagram;
  const auto ingress = diagram.meaning(ruleset, ruleset.hooks[0]);
  const double composed = watch.milliseconds();
  const long memory = resident_kilobytes() - before;
  const std::vector<bench::BitDiagram::Node> leaves = diagram.leaves(ingress);
  const auto deciding = std::count_if(leaves.begin(), leaves.end(), [](auto leaf) { return leaf != 0; });
  const std::size_t rules = ruleset.hooks[0].blocks[0].rules.size();
  fmt::print("{:20} bits      {:9.1f} ms {:9} nodes of {:9} {:6.1f} MB; {} dead\n", workload.name, composed,
             diagram.node_count(ingress), diagram.node_count(), static_cast<double>(memory) / 1024,
             rules - static_cast<std::size_t>(deciding));
}

static void in_a_process_of_its_own(void (*measure)(const Workload&), const Workload& workload) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    measure(workload);
    std::fflush(stdout);
    _exit(0);
  }
  waitpid(child, nullptr, 0);
}

int main(int argc, char** argv) {
  for (const Workload& workload : kWorkloads) {
    const bool wanted =
        argc < 2 || std::any_of(
                        argv + 1, argv + argc,
                        [&](const char* part) { return workload.name.find(part) != std::string_view::npos; });
    if (!wanted) continue;
    in_a_process_of_its_own(measure_intervals, workload);
    in_a_process_of_its_own(measure_bits, workload);
  }
}
