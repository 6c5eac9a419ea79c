// How long reading takes and how much memory, beside what yaml-cpp alone takes to go over the same bytes
// without doing anything about them (docs/performance.md). All ways of reading take turns within one run, so
// that a busy neighbour slows all of them. Arguments: rounds (default 15), then parts of workload names;
// none: all.
#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "frontend/load.h"
#include "passes/lower_policies.h"
#include "tests/bench/bare_parse.h"

using namespace untrack;

// ---- what is read

static constexpr int kPolicies = 10000;

// A policy as people write it, of 400 bytes or so. Each selects by a label of its own; clients are shared.
static std::string policy(int i, std::string_view indent) {
  std::string text = fmt::format(R"(apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata:
  name: service-{0}
spec:
  selector: role == 'service-{0}' && env == 'prod'
  order: {0}
  doNotTrack: true
  applyOnForward: true
  types: [Ingress, Egress]
  ingress:
    - action: Allow
      protocol: TCP
      source:
        selector: client-{1} == 'yes'
      destination:
        ports: [{2}]
  egress:
    - action: Allow
      protocol: TCP
      source:
        ports: [{2}]
)",
                                 i, i % 100, 1024 + i % 60000);
  if (indent.empty()) return text;
  std::string indented;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) indented.append(indent).append(line).append("\n");
  return indented;
}

static constexpr std::string_view kEndpoint = R"(apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata:
  name: n1-eth0
  labels: {role: service-7, env: prod}
spec:
  node: n1
  interfaceName: eth0
)";

static std::string documents() {
  std::string text(kEndpoint);
  for (int i = 0; i < kPolicies; ++i) text.append("---\n").append(policy(i, ""));
  return text;
}

// As `kubectl get -o yaml` prints it: one document.
static std::string list() {
  std::string text = "apiVersion: v1\nkind: List\nitems:\n";
  for (int i = 0; i < kPolicies; ++i) {
    std::string item = policy(i, "    ");
    item[2] = '-';
    text += item;
  }
  return text;
}

struct Workload {
  std::string_view name;
  std::string (*make)();
};
static constexpr Workload kWorkloads[] = {{"documents", documents}, {"list", list}};

// ---- how it is read

static void parse_alone(const std::string& text) {
  std::istringstream stream(text);
  bench::bare_parse(stream);
}

// Two parsers that share nothing: what a second thread is worth on this machine at this time. A single
// document cannot be divided.
static void parse_halves(const std::string& text) {
  const std::size_t middle = text.find("\n---\n", text.size() / 2);
  if (middle == std::string::npos) return parse_alone(text);
  const std::jthread second([half = text.substr(middle + 1)] { parse_alone(half); });
  parse_alone(text.substr(0, middle + 1));
}

static void require(bool holds, std::string_view what) {
  if (holds) return;
  fmt::print(stderr, "bench_frontend: {}\n", what);
  std::exit(1);
}

static ir::PolicySet load(const std::string& text, unsigned jobs, SourceMap& sources) {
  const frontend::Source source{sources.add("policies.yaml", text), frontend::Role::Linted};
  Diagnostics diagnostics;
  ir::PolicySet policies = frontend::load(sources, {&source, 1}, diagnostics, jobs);
  require(policies.policies.size() == kPolicies && diagnostics.empty(),
          "the workload is not what it was meant to be");
  return policies;
}

template <unsigned jobs>
static void load_with(const std::string& text) {
  SourceMap sources;
  load(text, jobs, sources);
}

static void load_and_lower(const std::string& text) {
  SourceMap sources;
  const ir::PolicySet policies = load(text, 1, sources);
  Diagnostics diagnostics;
  const ir::Ruleset ruleset = passes::lower_policies(policies, "n1", {}, diagnostics);
  require(ruleset.node == "n1", "nothing was lowered");
}

struct Way {
  std::string_view name;
  void (*read)(const std::string& text);
};
static constexpr Way kWays[] = {
    {"yaml-cpp alone", parse_alone}, {"yaml-cpp, 2 threads", parse_halves},
    {"load, 1 job", load_with<1>},   {"load, 2 jobs", load_with<2>},
    {"load, 4 jobs", load_with<4>},  {"load and lower a node", load_and_lower},
};

// ---- measuring

// A line of /proc/self/status, in bytes.
static double status_bytes(std::string_view key) {
  std::FILE* status = std::fopen("/proc/self/status", "r");
  char line[256];
  double bytes = 0;
  while (status != nullptr && std::fgets(line, sizeof line, status) != nullptr) {
    if (std::string_view(line).starts_with(key)) bytes = std::atof(line + key.size()) * 1024;
  }
  if (status != nullptr) std::fclose(status);
  return bytes;
}

// What reading adds to a process that holds the text already, in bytes per byte of text; in a process of its
// own.
static double peak_memory(const Way& way, const std::string& text) {
  int ends[2];
  require(pipe(ends) == 0, "no pipe");
  malloc_trim(0);  // or the child would use what was freed here, unseen
  const pid_t child = fork();
  if (child == 0) {
    const double before = status_bytes("VmRSS:");
    way.read(text);
    const double peak = (status_bytes("VmHWM:") - before) / static_cast<double>(text.size());
    const bool written = write(ends[1], &peak, sizeof peak) == sizeof peak;
    _exit(written ? 0 : 1);
  }
  double peak = 0;
  require(read(ends[0], &peak, sizeof peak) == sizeof peak, "a reader failed");
  waitpid(child, nullptr, 0);
  close(ends[0]);
  close(ends[1]);
  return peak;
}

struct Times {
  std::vector<double> wall, processor;  // milliseconds
};

static void measure(const Way& way, const std::string& text, Times& into) {
  const auto wall = std::chrono::steady_clock::now();
  const std::clock_t processor = std::clock();
  way.read(text);
  into.processor.push_back(static_cast<double>(std::clock() - processor) * 1000 / CLOCKS_PER_SEC);
  into.wall.push_back(
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - wall).count());
}

static double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

static void run(const Workload& workload, int rounds) {
  const std::string text = workload.make();
  std::vector<double> memory;
  for (const Way& way : kWays) memory.push_back(peak_memory(way, text));
  std::vector<Times> times(std::size(kWays));
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < std::size(kWays); ++i) measure(kWays[i], text, times[i]);
  }
  fmt::print("\n{}: {} policies, {:.1f} MB, {} rounds\n", workload.name, kPolicies,
             static_cast<double>(text.size()) / 1e6, rounds);
  fmt::print("{:22} {:>8} {:>6} {:>8} {:>6} {:>12}\n", "", "wall ms", "ratio", "cpu ms", "ratio",
             "bytes/byte");
  for (std::size_t i = 0; i < std::size(kWays); ++i) {
    const double wall = median(times[i].wall), processor = median(times[i].processor);
    fmt::print("{:22} {:8.1f} {:6.2f} {:8.1f} {:6.2f} {:12.1f}\n", kWays[i].name, wall,
               wall / median(times[0].wall), processor, processor / median(times[0].processor), memory[i]);
  }
}

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 15;
  require(rounds > 0, "usage: bench_frontend [ROUNDS [WORKLOAD...]]");
  for (const Workload& workload : kWorkloads) {
    const bool wanted =
        argc < 3 || std::any_of(
                        argv + 2, argv + argc,
                        [&](const char* part) { return workload.name.find(part) != std::string_view::npos; });
    if (wanted) run(workload, rounds);
  }
}
