#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "inputs.h"
#include "program.h"

namespace untrack::cli {

static std::string without_egress() {
  return std::string(kServer.substr(0, kServer.find("  egress:")));
}

TEST_CASE("lint: nothing wrong, nothing said") {
  const Folder folder;
  folder.put("in.yaml", kServer);
  const Outcome outcome = folder.run({"lint"});
  CHECK(outcome.status == 0);
  CHECK(outcome.out.empty());
  CHECK(outcome.err.empty());
}

TEST_CASE("lint: a request without its reply is exactly one error, with a packet that shows it") {
  const Folder folder;
  folder.put("in.yaml", without_egress());
  const Outcome outcome = folder.run({"lint"});
  CHECK(outcome.status == 1);
  CHECK(count(outcome.out, "[UT201]") == 1);
  CHECK(count(outcome.out, ": error: ") == 1);
  CHECK(contains(outcome.out, "  witness:"));
  CHECK(outcome.err == "1 error; 1 fixable with --fix\n");
}

TEST_CASE("lint: a selector that asks about no label and matches nothing is not one of unknown labels") {
  const Folder folder;
  folder.put("in.yaml", kOnePort);
  std::string text(kOnePort);
  text.replace(text.find("protocol: UDP"), 13, "protocol: UDP, source: {selector: '!all()'}");
  folder.put("in.yaml", text);
  const Outcome outcome = folder.run({"lint"});
  CHECK(contains(outcome.out, "[UT301]"));
  CHECK(!contains(outcome.out, "[UT306]"));
}

TEST_CASE("lint: success over nothing of ours is said, also of a file that was named and of standard input") {
  static constexpr std::string_view kNothing = "no file with a Calico or inventory document was found";
  const Folder folder;
  folder.put("error.yaml", "error: the server has no such type\n");
  CHECK(contains(folder.run({"lint", "error.yaml"}).err, kNothing));
  CHECK(contains(folder.run({"lint", "-"}, "No resources found\n").err, kNothing));
  CHECK(contains(folder.run({"lint"}).err, kNothing));
  folder.put("policy.yaml", kServer);
  CHECK(folder.run({"lint", "error.yaml", "policy.yaml"}).err.empty());
}

TEST_CASE("lint: a blank that is missing in YAML is pointed out") {
  static constexpr std::string_view kHead =
      "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: p}\nspec:\n";
  const Folder folder;
  folder.put("colon.yaml", std::string(kHead) + "  selector:all()\n");
  CHECK(contains(folder.run({"lint", "colon.yaml"}).out, "a blank is missing behind the `:`"));
  folder.put("dash.yaml", std::string(kHead) + "  -action: Deny\n");
  CHECK(contains(folder.run({"lint", "dash.yaml"}).out, "a blank is missing behind the `-`"));
}

TEST_CASE("lint: untracked policy for namespaces is told that host endpoints have none") {
  const Folder folder;
  std::string text(kOnePort);
  folder.put("in.yaml",
             text.replace(text.find("role == 'server'"), 16, "all()\n  namespaceSelector: has(x)"));
  const Outcome outcome = folder.run({"lint"});
  CHECK(contains(outcome.out, "[UT307]"));
  CHECK(contains(outcome.out, "host endpoints have no namespace"));
}

TEST_CASE("lint: a rule behind a Pass is taken by the Pass, and by no rule of the next tier") {
  static constexpr std::string_view kTier =
      "apiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: {name: later}\nspec: {order: 2000000}\n";
  const auto policy = [](std::string_view name, std::string_view tier, std::string_view rules) {
    return "---\napiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: " +
           std::string(name) + "}\nspec:\n  tier: " + std::string(tier) +
           "\n  selector: role == 'server'\n  doNotTrack: true\n  applyOnForward: true\n  types: [Ingress]\n "
           " ingress:\n" +
           std::string(rules);
  };
  static constexpr std::string_view kPass = "  - {action: Pass, protocol: SCTP}\n";
  static constexpr std::string_view kDeny = "  - {action: Deny, protocol: SCTP, destination: {ports: [7]}}\n";
  const Folder folder;
  folder.put("a.yaml", kOnePort);
  folder.put("b.yaml", std::string(kTier) + policy("a", "default", std::string(kPass) + std::string(kDeny)) +
                           policy("z", "later", kDeny));
  const Outcome one = folder.run({"lint"});
  CHECK(contains(one.out, "`gnp/a ingress 0` takes everything that it matches [UT311]"));
  CHECK(!contains(one.out, "[UT316]"));

  // The same in two policies of the tier: not the one in the later tier is what makes the second superfluous.
  folder.put("b.yaml", std::string(kTier) + policy("a", "default", kPass) + policy("b", "default", kDeny) +
                           policy("z", "later", kDeny));
  const Outcome two = folder.run({"lint"});
  CHECK(contains(
      two.out, "policy `b` decides nothing: an earlier rule takes everything that its rules match [UT317]"));
  CHECK(!contains(two.out, "[UT318]"));
}

TEST_CASE("lint: the exit status follows --fail-on") {
  const Folder folder;
  folder.put("in.yaml", without_egress());
  CHECK(folder.run({"lint", "--fail-on", "never"}).status == 0);
  CHECK(folder.run({"lint", "--fail-on", "info"}).status == 1);
}

TEST_CASE("lint: several reports at once") {
  const Folder folder;
  folder.put("in.yaml", without_egress());
  const Outcome outcome = folder.run({"lint", "in.yaml", "--format", "text", "--format", "json=out.json"});
  CHECK(contains(outcome.out, "[UT201]"));
  const auto report = nlohmann::json::parse(folder.read("out.json"));
  CHECK(report["summary"]["errors"] == 1);
  CHECK(report["findings"][0]["code"] == "UT201");
  CHECK(report["findings"][0]["file"] == "in.yaml");
}

TEST_CASE("lint: --quiet shows errors only, and changes no exit status") {
  const Folder folder;
  folder.put("in.yaml", kServer);
  folder.put("more.yaml", R"(apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: open}
spec:
  selector: role == 'server'
  doNotTrack: true
  applyOnForward: true
  types: [Ingress, Egress]
  ingress: [{action: Allow, protocol: TCP}]
  egress: [{action: Allow, protocol: TCP}]
)");
  const Outcome loud = folder.run({"lint", "--fail-on", "info"});
  const Outcome quiet = folder.run({"lint", "--fail-on", "info", "--quiet"});
  CHECK(!loud.out.empty());
  CHECK(quiet.out.empty());
  CHECK(quiet.err.empty());
  CHECK(loud.status == 1);
  CHECK(quiet.status == 1);
}

TEST_CASE("lint: inventory is not linted, and resolves selectors") {
  const Folder folder;
  folder.put("inventory/in.yaml", without_egress());
  folder.put("policy/b.yaml", kSecondNode);
  const Outcome outcome = folder.run({"lint", "policy", "--inventory", "inventory"});
  CHECK(outcome.status == 0);
  CHECK(outcome.out.empty());
}

TEST_CASE("lint: a path without any document of ours is said aloud") {
  const Folder folder;
  const Outcome outcome = folder.run({"lint"});
  CHECK(outcome.status == 0);
  CHECK(contains(outcome.err, "no file with a Calico or inventory document"));
}

TEST_CASE("lint: the nearest .untrack.yaml counts, unless isolated") {
  const Folder folder;
  folder.put("in.yaml", without_egress());
  folder.put(".untrack.yaml", "ignore: [UT2]\n");
  CHECK(folder.run({"lint"}).status == 0);
  CHECK(folder.run({"lint", "--isolated"}).status == 1);
  folder.put("other.yaml", "fail-on: never\n");
  CHECK(folder.run({"lint", "in.yaml", "--config", "other.yaml"}).status == 0);
  folder.put(".untrack.yaml", "per-path-ignores: {'in.*': [UT201]}\n");
  CHECK(folder.run({"lint"}).status == 0);
  CHECK(folder.run({"lint", "./in.yaml"}).status == 0);
  folder.put(".untrack.yaml", "select: [UT3]\n");
  CHECK(folder.run({"lint"}).status == 0);
}

TEST_CASE("lint: a wrong configuration is wrong usage, shown at its place") {
  const Folder folder;
  folder.put("in.yaml", kServer);
  folder.put(".untrack.yaml", "ignroe: [UT2]\nfail-on: warnings\nselect: [UT2, UT9]\nbaseline: []\n");
  const Outcome outcome = folder.run({"lint"});
  CHECK(outcome.status == 2);
  CHECK(contains(outcome.err, ".untrack.yaml:1:1: error: unknown key `ignroe`; did you mean `ignore`?"));
  CHECK(contains(outcome.err,
                 ".untrack.yaml:2:10: error: `warnings` is none of error, warning, info, never; did "
                 "you mean `warning`?"));
  CHECK(contains(outcome.err, ".untrack.yaml:3:15: error: `UT9` is neither a code nor the beginning of one"));
  CHECK(contains(outcome.err, ".untrack.yaml:4:11: error: the path of a file is due here"));
}

TEST_CASE("lint: standard input has the name that was given") {
  const Folder folder;
  const Outcome outcome = folder.run({"lint", "-", "--stdin-filename", "rendered.yaml"}, without_egress());
  CHECK(outcome.status == 1);
  CHECK(contains(outcome.out, "rendered.yaml:"));
}

}  // namespace untrack::cli
