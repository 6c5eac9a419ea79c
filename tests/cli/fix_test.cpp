// `lint --fix`: what is repaired and what is left alone, and how files are replaced.
#include <doctest/doctest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "inputs.h"
#include "program.h"

namespace untrack::cli {

using Json = nlohmann::json;

static std::string without_egress() {
  return std::string(kServer.substr(0, kServer.find("  egress:")));
}

// The reply rule where it belongs, in this layout.
static constexpr std::string_view kReply =
    "  egress:\n  - action: Allow\n    protocol: TCP\n    source:\n      ports: [11211]\n";

static std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

TEST_CASE("fix: the file is repaired in place, and a second run changes nothing") {
  const Folder folder;
  folder.put("in.yaml", without_egress());
  const Outcome outcome = folder.run({"lint", "in.yaml", "--fix"});
  CHECK(outcome.status == 0);
  CHECK(contains(outcome.err, "fixed 1 finding in 1 file\n"));
  CHECK(folder.read("in.yaml") == without_egress() + std::string(kReply));
  const Outcome again = folder.run({"lint", "in.yaml", "--fix"});
  CHECK(again.status == 0);
  CHECK(folder.read("in.yaml") == without_egress() + std::string(kReply));
  CHECK(folder.files() == std::vector<std::string>{"in.yaml"});
}

TEST_CASE("fix: what is left decides the exit status") {
  const Folder folder;
  folder.put("in.yaml", without_egress() + "  selectr: all()\n");
  CHECK(folder.run({"lint", "in.yaml", "--fix"}).status == 1);
  CHECK(contains(folder.read("in.yaml"), "selectr"));
}

TEST_CASE("fix: a value becomes a list of one only where it can be an item") {
  const Folder folder;
  folder.put("in.yaml",
             "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: p}\n"
             "spec:\n  types: Ingress\n  ingress: Deny\n");
  const Outcome outcome = folder.run({"lint", "in.yaml", "--diff"});
  CHECK(contains(outcome.out, "+  types: [Ingress]\n   ingress: Deny\n"));
  CHECK(outcome.err == "would fix 1 finding in 1 file\n");
  CHECK(!contains(folder.run({"lint", "in.yaml"}).out, "[Deny]"));
}

TEST_CASE("fix: mode and links stay") {
  const Folder folder;
  folder.put("real.yaml", without_egress());
  const std::string real = folder.path() + "/real.yaml", link = folder.path() + "/link.yaml";
  REQUIRE(::chmod(real.c_str(), 0640) == 0);
  REQUIRE(::symlink("real.yaml", link.c_str()) == 0);
  CHECK(folder.run({"lint", "link.yaml", "--fix"}).status == 0);
  struct stat status{};
  REQUIRE(::lstat(link.c_str(), &status) == 0);
  CHECK(S_ISLNK(status.st_mode));
  REQUIRE(::stat(real.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0640);
  CHECK(folder.read("real.yaml") == without_egress() + std::string(kReply));
}

TEST_CASE("diff: shows the change, writes nothing, and its status says whether there is one") {
  const Folder folder;
  folder.put("in.yaml", without_egress());
  const Outcome outcome = folder.run({"lint", "in.yaml", "--diff"});
  CHECK(outcome.status == 1);
  CHECK(contains(outcome.out, "--- in.yaml\n+++ in.yaml\n@@ -"));
  CHECK(
      contains(outcome.out,
               "+  egress:\n+  - action: Allow\n+    protocol: TCP\n+    source:\n+      ports: [11211]\n"));
  CHECK(count(outcome.out, "\n-") == 0);
  CHECK(contains(outcome.err, "would fix 1 finding in 1 file\n"));
  CHECK(folder.read("in.yaml") == without_egress());
  folder.put("in.yaml", kServer);
  const Outcome clean = folder.run({"lint", "in.yaml", "--diff"});
  CHECK(clean.status == 0);
  CHECK(clean.out.empty());
}

TEST_CASE("fix: standard input comes back on standard output, all of it, and findings go to standard error") {
  const Folder folder;
  const Outcome fixed = folder.run({"lint", "-", "--fix"}, without_egress());
  CHECK(fixed.out == without_egress() + std::string(kReply));
  const Outcome same = folder.run({"lint", "-", "--fix"}, "a: [\n");
  CHECK(same.out == "a: [\n");
  CHECK(same.status == 1);
  CHECK(contains(same.err, "[UT006]"));
}

TEST_CASE("fix: one repair may uncover the next mistake; all of them go in one run") {
  const Folder folder;
  std::string text = replaced(without_egress(), "  applyOnForward: true\n", "");
  text = replaced(text, "doNotTrack", "donottrack");
  text = replaced(text, "action: Allow", "action: allow  # as ever");
  folder.put("in.yaml", text);
  CHECK(folder.run({"lint", "in.yaml", "--fix"}).status == 0);
  CHECK(folder.read("in.yaml") ==
        replaced(without_egress(), "action: Allow", "action: Allow  # as ever") + std::string(kReply));
}

TEST_CASE("fix: findings that are suppressed, ignored or in the baseline are left alone") {
  const Folder folder;
  const std::string suppressed = replaced(without_egress(), "  - action: Allow\n",
                                          "  # untrack: ignore[UT201] nobody waits\n  - action: Allow\n");
  folder.put("in.yaml", suppressed);
  CHECK(folder.run({"lint", "in.yaml", "--fix"}).status == 0);
  CHECK(folder.read("in.yaml") == suppressed);
  folder.put("in.yaml", without_egress());
  CHECK(folder.run({"lint", "in.yaml", "--fix", "--ignore", "UT201"}).status == 0);
  CHECK(folder.read("in.yaml") == without_egress());
  CHECK(folder.run({"lint", "in.yaml", "--write-baseline", "old.json"}).status == 0);
  CHECK(folder.run({"lint", "in.yaml", "--fix", "--baseline", "old.json"}).status == 0);
  CHECK(folder.read("in.yaml") == without_egress());
}

TEST_CASE("fix: inventory is never edited") {
  const Folder folder;
  folder.put("in.yaml", kServer);
  const std::string misspelt = "apiVersion: projectcalico.org/v3\nkind: hostEndpoint\nmetadata: {name: x}\n";
  folder.put("inventory.yaml", misspelt);
  folder.run({"lint", "in.yaml", "--inventory", "inventory.yaml", "--fix", "--unsafe-fixes"});
  CHECK(folder.read("inventory.yaml") == misspelt);
}

TEST_CASE("fix: guesses need --unsafe-fixes") {
  const Folder folder;
  const std::string text = replaced(std::string(kServer), "doNotTrack", "doNotTrak");
  folder.put("in.yaml", text);
  const Outcome safe = folder.run({"lint", "in.yaml", "--fix"});
  CHECK(safe.status == 1);
  CHECK(contains(safe.err, "1 fixable with --unsafe-fixes"));
  CHECK(folder.read("in.yaml") == text);
  CHECK(folder.run({"lint", "in.yaml", "--fix", "--unsafe-fixes"}).status == 0);
  CHECK(folder.read("in.yaml") == kServer);
}

// On the second node replies are denied on purpose.
static std::string where_replies_are_denied() {
  return without_egress() +
         "---\napiVersion: projectcalico.org/v3\nkind: HostEndpoint\n"
         "metadata: {name: n2-eth0, labels: {role: server, zone: inner}}\n"
         "spec: {node: n2, interfaceName: eth0, expectedIPs: [10.0.0.2]}\n"
         "---\napiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: shut}\n"
         "spec:\n  order: 1000\n  selector: zone == 'inner'\n  doNotTrack: true\n  applyOnForward: true\n"
         "  types: [Egress]\n  egress:\n  - {action: Deny, protocol: TCP, source: {ports: [11211, 22222]}}\n";
}

TEST_CASE("fix: what would change more than the finding asks is not written, and that is said") {
  const Folder folder;
  const std::string text =
      replaced(where_replies_are_denied(), "selector: role", "order: 1\n  selector: role");
  folder.put("in.yaml", text);
  const Outcome outcome = folder.run({"lint", "in.yaml", "--fix"});
  CHECK(outcome.status == 1);
  CHECK(folder.read("in.yaml") == text);
  CHECK_MESSAGE(
      contains(outcome.err, "not fixed [UT201]: on node `n2` it would change what becomes of packets"),
      outcome.err);
}

TEST_CASE("fix: a list that an alias shares is left alone, and its finding not called fixable") {
  const Folder folder;
  std::string text = replaced(without_egress(), "  name: serve\n", "  name: serve\n  finalizers: &none []\n");
  text = replaced(text, "  ingress:\n", "  egress: *none\n  ingress:\n");
  folder.put("in.yaml", text);
  const Outcome outcome = folder.run({"lint", "in.yaml", "--fix", "--format", "json"});
  CHECK(outcome.status == 1);
  CHECK(folder.read("in.yaml") == text);
  for (const Json& finding : Json::parse(outcome.out)["findings"]) CHECK_FALSE(finding.contains("fixable"));
}

TEST_CASE("fix: JSON stays JSON") {
  const Folder folder;
  const Json policy = {{"apiVersion", "projectcalico.org/v3"},
                       {"kind", "GlobalNetworkPolicy"},
                       {"metadata", {{"name", "serve"}}},
                       {"spec", {{"selector", "all()"}, {"doNotTrack", true}}}};
  for (const int indent : {-1, 2, 4}) {
    folder.put("in.json", policy.dump(indent));
    CHECK(folder.run({"lint", "in.json", "--fix"}).status == 0);
    Json expected = policy;
    expected["spec"]["applyOnForward"] = true;
    CHECK(Json::parse(folder.read("in.json")) == expected);
  }
}

TEST_CASE("fix: the report says what is fixable, and with which edits") {
  const Folder folder;
  folder.put("in.yaml",
             "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: a}\n"
             "spec:\n  selector: all()\n  doNotTrack: true # é\n");
  const Outcome json = folder.run({"lint", "in.yaml", "--format", "json"});
  const Json finding = Json::parse(json.out)["findings"][0];
  CHECK(finding["fixable"] == true);
  CHECK(finding["fix"] == Json::parse(R"({"message": "add `applyOnForward: true`", "safe": true, "edits": [
    {"file": "in.yaml", "line": 6, "column": 23, "end_line": 6, "end_column": 23, "text": "\n  applyOnForward: true"}]})"));
  const Outcome text = folder.run({"lint", "in.yaml"});
  CHECK(contains(text.out, "  fix: add `applyOnForward: true` (--fix)\n"));
  CHECK(contains(text.err, "1 error; 1 fixable with --fix\n"));
}

TEST_CASE("fix: wrong usage is refused") {
  const Folder folder;
  folder.put("in.yaml", kServer);
  CHECK(folder.run({"lint", "in.yaml", "--fix", "--diff"}).status == 2);
  CHECK(folder.run({"lint", "in.yaml", "--fix", "--write-baseline", "b"}).status == 2);
  CHECK(folder.run({"lint", "in.yaml", "--diff", "--write-baseline", "b"}).status == 2);
  CHECK(folder.run({"lint", "in.yaml", "--unsafe-fixes"}).status == 2);
}

TEST_CASE("fix: an unused suppression goes, code by code") {
  const Folder folder;
  const std::string comment = "  - action: Allow  # untrack: ignore[UT201, UT202] both of them\n";
  folder.put("in.yaml", replaced(without_egress(), "  - action: Allow\n", comment));
  CHECK(folder.run({"lint", "in.yaml", "--fix"}).status == 0);
  CHECK(folder.read("in.yaml") == replaced(without_egress(), "  - action: Allow\n",
                                           "  - action: Allow  # untrack: ignore[UT201] both of them\n"));
  folder.put("in.yaml", replaced(std::string(kServer), "  - action: Allow\n", comment));
  CHECK(folder.run({"lint", "in.yaml", "--fix"}).status == 0);
  CHECK(folder.read("in.yaml") == kServer);
}

}  // namespace untrack::cli
