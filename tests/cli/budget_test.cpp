// What happens where a proof would be too large: a diagnostic with its place, and everything else goes on.
#include <doctest/doctest.h>

#include <string>

#include <fmt/format.h>

#include "program.h"

namespace untrack::cli {

static std::string endpoint(std::string_view node, std::string_view interface_name, std::string_view role) {
  return fmt::format(R"(apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {{name: {0}-{1}, labels: {{role: {2}}}}}
spec: {{node: {0}, interfaceName: {1}, expectedIPs: [192.0.2.10]}}
---
)",
                     node, interface_name, role);
}

static std::string policy(std::string_view role, std::string_view rules) {
  return fmt::format(R"(apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {{name: {0}}}
spec:
  selector: role == '{0}'
  doNotTrack: true
  applyOnForward: true
  types: [Ingress]
  ingress:
{1}---
)",
                     role, rules);
}

// Rules that overlap in part on three fields: what they mean together grows with every one.
static std::string tangled() {
  std::string rules;
  for (int i = 0; i < 150; ++i) {
    rules += fmt::format(
        "  - {{action: Deny, protocol: TCP, source: {{nets: [10.{}.0.0/{}], ports: ['{}:{}']}}, destination: "
        "{{ports: ['{}:{}']}}}}\n",
        i * 32 % 256, 11, 1000 + i * 131, 20000 + i * 137, 1000 + i * 113, 9000 + i * 151);
  }
  return rules;
}
static constexpr std::string_view kOneRule =
    "  - {action: Allow, protocol: TCP, source: {nets: [198.51.100.0/24]}, destination: {ports: [80]}}\n";

// Enough for the single rule and all that is asked about it, not for the others.
static const std::string kBudget = "40000";

static std::string cluster() {
  return endpoint("n1", "eth0", "tangled") + endpoint("n1", "eth1", "simple") +
         endpoint("n2", "eth0", "simple") + policy("tangled", tangled()) + policy("simple", kOneRule);
}

TEST_CASE(
    "budget: what is not proved is said with its place, and the other interfaces and nodes are analysed") {
  const Folder folder;
  folder.put("in.yaml", cluster());
  const Outcome outcome = folder.run({"lint", "--format", "concise", "--proof-budget", kBudget});
  CHECK(outcome.status == 1);
  CHECK(count(outcome.out, "[UT610]") == 1);
  CHECK(contains(outcome.out,
                 "untracked ingress policy on `eth0` of node `n1`, IPv4: not proved beyond "
                 "`gnp/tangled ingress "));
  CHECK(count(outcome.out, "[UT201]") == 1);  // of `simple`, on n1 and n2 alike
}

TEST_CASE("budget: enough of it, and the same input is analysed whole") {
  const Folder folder;
  folder.put("in.yaml", cluster());
  const Outcome outcome = folder.run({"lint", "--format", "concise"});
  CHECK(count(outcome.out, "[UT610]") == 0);
  CHECK(count(outcome.out, "[UT611]") == 0);
  CHECK(count(outcome.out, "[UT201]") == 1);
}

TEST_CASE("budget: the configuration file sets it, the command line has the last word") {
  const Folder folder;
  folder.put("in.yaml", cluster());
  folder.put(".untrack.yaml", "proof-budget: 40000\n");
  CHECK(contains(folder.run({"lint"}).out, "[UT610]"));
  CHECK(!contains(folder.run({"lint", "--proof-budget", "25000000"}).out, "[UT610]"));
  folder.put(".untrack.yaml", "proof-budget: many\n");
  const Outcome outcome = folder.run({"lint"});
  CHECK(outcome.status == 2);
  CHECK(contains(outcome.err, ".untrack.yaml:1:15: error: a number of edges is due here"));
}

TEST_CASE("budget: compile refuses a node that is not proved and writes nothing; another node compiles") {
  const Folder folder;
  folder.put("in.yaml", cluster());
  const Outcome refused = folder.run({"compile", "-n", "n1", "-o", "out", "--proof-budget", kBudget});
  CHECK(refused.status == 1);
  CHECK(count(refused.err, "[UT610]") == 1);
  CHECK(!folder.has("out"));
  CHECK(folder.run({"compile", "-n", "n2", "-o", "out", "--proof-budget", kBudget}).status == 0);
  CHECK(folder.has("out/n2/nft/untrack.nft"));
}

TEST_CASE("budget: it is each interface's own, however many a node has") {
  const Folder folder;
  std::string many = policy("simple", kOneRule);
  for (int i = 0; i < 20; ++i) {
    const std::string role = fmt::format("r{}", i);
    many += endpoint("n1", fmt::format("eth{}", i), role);
    many += policy(role, fmt::format("  - {{action: Deny, protocol: TCP, source: {{nets: [198.51.{}.0/24]}}, "
                                     "destination: {{ports: ['{}:{}']}}}}\n",
                                     i, 1000 + 100 * i, 20000 + 77 * i));
  }
  folder.put("in.yaml", many);
  const Outcome lint = folder.run({"lint", "--format", "concise", "--proof-budget", kBudget});
  CHECK(count(lint.out, "[UT61") == 0);
  CHECK(folder.run({"compile", "-o", "out", "--proof-budget", kBudget}).status == 0);
}

}  // namespace untrack::cli
