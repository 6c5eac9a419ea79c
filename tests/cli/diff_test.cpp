#include <doctest/doctest.h>

#include <string>

#include <nlohmann/json.hpp>

#include "inputs.h"
#include "program.h"

namespace untrack::cli {

static std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

// kServer, with an edit.
static Outcome diff(std::string_view from, std::string_view to, const std::vector<std::string>& more = {}) {
  const Folder folder;
  folder.put("old.yaml", kServer);
  folder.put("new.yaml", replaced(std::string(kServer), from, to));
  std::vector<std::string> words{"diff", "old.yaml", "new.yaml"};
  words.insert(words.end(), more.begin(), more.end());
  return folder.run(words);
}

TEST_CASE("diff: a policy and itself, and one written otherwise, change nothing") {
  const Folder folder;
  folder.put("old.yaml", kServer);
  folder.put("new.yaml", replaced(std::string(kServer), "ports: [11211]", "ports: ['11211:11211', 11211]"));
  for (const char* other : {"old.yaml", "new.yaml"}) {
    const Outcome outcome = folder.run({"diff", "old.yaml", other});
    CHECK(outcome.status == 0);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.empty());
  }
}

TEST_CASE("diff: each kind of change has a witness and the rules that decide before and after") {
  const Outcome outcome = diff("  - action: Allow\n    protocol: TCP\n    destination: {ports: [11211]}",
                               "  - action: Deny\n    protocol: TCP\n    destination: {ports: [11211]}");
  CHECK(outcome.status == 1);
  CHECK(outcome.out ==
        "n1: ingress on eth0: untrack -> drop, like tcp 198.51.100.7:40000 > 192.0.2.7:11211\n"
        "  before: gnp/serve ingress 0 (old.yaml:21:5)\n"
        "  after:  gnp/serve ingress 0 (new.yaml:21:5)\n");
  CHECK(outcome.err.empty());
}

TEST_CASE("diff: one edit may change traffic both ways") {
  const Outcome outcome = diff("destination: {ports: [11211]}", "destination: {ports: [11212]}");
  CHECK(outcome.status == 1);
  CHECK(contains(outcome.out,
                 "track -> untrack, like tcp 198.51.100.7:40000 > 192.0.2.7:11212\n"
                 "  before: no rule decides\n"
                 "  after:  gnp/serve ingress 0 (new.yaml:21:5)\n"));
  CHECK(contains(outcome.out, "untrack -> track, like tcp 198.51.100.7:40000 > 192.0.2.7:11211\n"));
}

TEST_CASE("diff: a change that several nodes share is told once") {
  const Folder folder;
  const std::string both = std::string(kServer) + "---\n" + std::string(kSecondNode);
  folder.put("old.yaml", both);
  folder.put("new.yaml",
             replaced(both, "destination: {ports: [11211]}", "destination: {ports: [11211, 80]}"));
  const Outcome all = folder.run({"diff", "old.yaml", "new.yaml", "--all-nodes"});
  CHECK(all.status == 1);
  CHECK(all.out.starts_with("n1, n2: ingress on eth0: track -> untrack, like tcp "));
  CHECK(count(all.out, "\n") == 3);
  const Outcome one = folder.run({"diff", "old.yaml", "new.yaml", "-n", "n2"});
  CHECK(one.status == 1);
  CHECK(one.out.starts_with("n2: ingress"));
}

TEST_CASE("diff: a node that only one policy knows has no rules in the other") {
  const Folder folder;
  folder.put("old.yaml", kServer);
  folder.put("new.yaml", std::string(kServer) + "---\n" + std::string(kSecondNode));
  const Outcome outcome = folder.run({"diff", "old.yaml", "new.yaml"});
  CHECK(outcome.status == 1);
  CHECK(outcome.out.starts_with("n2: ingress on eth0: track -> untrack, like"));
  CHECK(!contains(outcome.out, "n1"));
}

TEST_CASE("diff: standard input is OLD or NEW, not both") {
  const Folder folder;
  folder.put("new.yaml", kServer);
  CHECK(folder.run({"diff", "-", "new.yaml"}, kServer).status == 0);
  CHECK(folder.run({"diff", "new.yaml", "-"}, kServer).status == 0);
  CHECK(folder.run({"diff", "-", "-"}, kServer).status == 2);
}

TEST_CASE("diff: a node that neither knows is wrong usage, with the nearest name") {
  const Outcome outcome = diff("11211", "11212", {"-n", "n11"});
  CHECK(outcome.status == 2);
  CHECK(contains(outcome.err, "no node `n11` in either input; did you mean `n1`?"));
}

TEST_CASE("diff: a policy with errors is not compared") {
  const Outcome outcome = diff("action: Allow", "action: Alow");
  CHECK(outcome.status == 1);
  CHECK(outcome.out.empty());
  CHECK(contains(outcome.err, "new.yaml:21:"));
}

TEST_CASE("diff: JSON tells the same") {
  const Outcome outcome =
      diff("destination: {ports: [11211]}", "destination: {ports: [11212]}", {"--format", "json"});
  CHECK(outcome.status == 1);
  const auto document = nlohmann::json::parse(outcome.out);
  REQUIRE(document["changes"].size() == 2);
  const auto& change = document["changes"][0];
  CHECK(change["nodes"] == nlohmann::json::array({"n1"}));
  CHECK(change["interface"] == "eth0");
  CHECK(change["direction"] == "ingress");
  CHECK(change["before"]["effect"] == "track");
  CHECK(change["before"]["rules"].empty());
  CHECK(change["after"]["effect"] == "untrack");
  CHECK(change["after"]["rules"][0]["name"] == "gnp/serve ingress 0");
  CHECK(change["after"]["rules"][0]["place"] == "new.yaml:21:5");
  CHECK(document["summary"]["changes"] == 2);
  CHECK(document["summary"]["nodes"] == 1);
}

}  // namespace untrack::cli
