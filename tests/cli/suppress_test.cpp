// What the author of a policy has judged: comments and annotations; baselines; choice by code.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "inputs.h"
#include "program.h"

namespace untrack::cli {

using Json = nlohmann::json;

static std::string without_egress() {
  return std::string(kServer.substr(0, kServer.find("  egress:")));
}

// The request without its reply, with `line` above its rule, and `behind` behind `- action: Allow`.
static std::string with(const std::string& line, const std::string& behind = "") {
  std::string text = without_egress();
  const std::string rule = "  - action: Allow\n    protocol: TCP\n";
  const std::string marked = line + "  - action: Allow" + behind + "\n    protocol: TCP\n";
  return text.replace(text.find(rule), rule.size(), marked);
}

static Outcome lint(std::string_view text) {
  const Folder folder;
  folder.put("in.yaml", text);
  return folder.run({"lint", "in.yaml", "--format", "concise"});
}

TEST_CASE("suppress: a comment on the line of the finding, or on a line of its own before it") {
  for (const std::string& text : {
           with("  # untrack: ignore[UT201] nobody waits for a reply\n"),
           with("  # untrack: ignore[UT201] nobody waits for a reply\n  # and more\n\n"),
           with("", "  # untrack: ignore[UT201] nobody waits for a reply"),
           with("#untrack:ignore[ UT201 ]  nobody\n"),
       }) {
    const Outcome outcome = lint(text);
    CHECK_MESSAGE(outcome.out.empty(), outcome.out);
    CHECK(outcome.status == 0);
  }
}

TEST_CASE("suppress: at the head of a document a comment covers all of it, and no other document") {
  const std::string comment = "# untrack: ignore[UT201] nobody waits for a reply\n";
  std::string text = without_egress();
  const std::size_t mark = text.find("---\n");
  std::string behind_mark = text, before_mark = text;
  behind_mark.insert(mark + 4, comment);
  before_mark.insert(mark, comment);
  CHECK(lint(behind_mark).out.empty());
  CHECK(lint(before_mark).out.empty());
  const Outcome other = lint(comment + text);
  CHECK(contains(other.out, "[UT201]"));
  CHECK(contains(other.out,
                 "in.yaml:1:19: warning: this suppresses nothing: UT201 is not reported here [UT030]"));
}

TEST_CASE("suppress: an annotation covers its resource, in a list too") {
  std::string text = without_egress();
  const std::string name = "  name: serve\n";
  text.replace(text.find(name), name.size(),
               name + "  annotations: {untrack.dev/ignore-UT201: nobody waits for a reply}\n");
  CHECK(lint(text).out.empty());
  std::string list = "apiVersion: v1\nkind: List\nitems:\n- ";
  for (const char c : text.substr(text.find("---\n") + 4)) list += c == '\n' ? "\n  " : std::string(1, c);
  const std::string endpoint = text.substr(0, text.find("---\n") + 4);
  CHECK(lint(endpoint + list).out.empty());
}

TEST_CASE("suppress: each code that is not found is reported, the others count") {
  const Outcome outcome = lint(with("  # untrack: ignore[UT201, UT202] nobody waits for a reply\n"));
  CHECK(outcome.out ==
        "in.yaml:21:28: warning: this suppresses nothing: UT202 is not reported here [UT030]\n");
}

TEST_CASE("suppress: what cannot be understood is said, and suppresses nothing") {
  const auto check = [](const std::string& comment, std::string_view message) {
    const Outcome outcome = lint(with("  " + comment + "\n"));
    CHECK_MESSAGE(contains(outcome.out, message), outcome.out);
    CHECK(contains(outcome.out, "[UT031]"));
    CHECK(contains(outcome.out, "[UT201]"));
  };
  check("# untrack: ignore[UT201]", "no effect: it gives no reason");
  check("# untrack: ignore[UT201", "no effect: there is no `]` behind the codes");
  check("# untrack: ignore UT201 because", "no effect: it names no codes");
  check("# untrack: ignroe[UT201] because", "no effect: `ignroe` is not `ignore`");
  check("# untrack ignore[UT201] because", "no effect: there is no `:` behind `untrack`");
  check("# untrack: ignore[UT999] because", "no effect: `UT999` is no code");
  check("# untrack: ignore[] because", "no effect: `` is no code");
}

TEST_CASE("suppress: other comments may speak of us, and text of a scalar is no comment") {
  for (const char* comment :
       {"# untracked since May", "# untrack: see the runbook", "# untrack", "## untrack it!"}) {
    const Outcome outcome = lint(with(std::string("  ") + comment + "\n"));
    CHECK_MESSAGE(!contains(outcome.out, "[UT03"), outcome.out);
  }
  std::string text = without_egress();
  const std::string name = "  name: serve\n";
  text.replace(text.find(name), name.size(),
               name +
                   "  annotations:\n    a: |\n      # untrack: ignore[UT201] text\n"
                   "    b: \" # untrack: ignore[UT201]\"\n    c: x# untrack ignore[UT201] y\n");
  const Outcome outcome = lint(text);
  CHECK_MESSAGE(!contains(outcome.out, "[UT03"), outcome.out);
  CHECK(contains(outcome.out, "[UT201]"));
}

TEST_CASE("suppress: in a file that cannot be read nothing is called unused") {
  const Outcome outcome = lint("# untrack: ignore[UT201] nobody waits\n" + without_egress() + "---\na: [\n");
  CHECK(!contains(outcome.out, "[UT030]"));
}

TEST_CASE("suppress: an annotation of our own name is understood or reported") {
  std::string text = without_egress();
  const std::string name = "  name: serve\n";
  text.replace(text.find(name), name.size(),
               name + "  annotations: {untrack.dev/ignore-UT201: '', untrack.dev/skip-UT201: x}\n");
  const Outcome outcome = lint(text);
  CHECK(count(outcome.out, "[UT031]") == 2);
  CHECK(contains(outcome.out, "[UT201]"));
}

TEST_CASE("suppress: compile shows what refuses it, whether lint shows it or not") {
  const Folder folder;
  std::string text(kServer);
  const std::string ports = "destination: {ports: [11211]}";
  text.replace(text.find(ports), ports.size(),
               "destination: {ports: [70000]} # untrack: ignore[UT154] for now");
  folder.put("in.yaml", text);
  CHECK(!contains(folder.run({"lint"}).out, "[UT154]"));
  const Outcome outcome = folder.run({"compile", "-o", "out", "--format", "concise"});
  CHECK(outcome.status == 1);
  CHECK(contains(outcome.err, "[UT154]"));
}

TEST_CASE("baseline: what is in it is not reported, wherever its lines have gone") {
  const Folder folder;
  folder.put("in.yaml", without_egress());
  const Outcome written = folder.run({"lint", "--write-baseline", "base.json"});
  CHECK(written.status == 0);
  CHECK(written.out.empty());
  CHECK(written.err == "1 error in base.json\n");
  const Json file = Json::parse(folder.read("base.json"));
  CHECK(file["findings"][0]["code"] == "UT201");
  CHECK(file["findings"][0]["resource"] == "GlobalNetworkPolicy serve");

  folder.put("in.yaml", "# more\n# lines\n" + without_egress());
  const Outcome old = folder.run({"lint", "--baseline", "base.json"});
  CHECK(old.status == 0);
  CHECK(old.out.empty());

  folder.put("in.yaml",
             without_egress() + "  - action: Allow\n    protocol: TCP\n    destination: {ports: [80]}\n");
  const Outcome fresh = folder.run({"lint", "--baseline", "base.json"});
  CHECK(fresh.status == 1);
  CHECK(count(fresh.out, "[UT201]") == 1);
}

TEST_CASE("baseline: like findings are counted") {
  const Folder folder;
  const auto text = [](const std::string& unknown) {
    return "apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {name: a, namespace: b}\nspec:\n"
           "  types: [Ingress]\n  ingress:\n" +
           unknown;
  };
  const std::string rule = "  - {action: Allow, protcol: TCP}\n";
  folder.put("in.yaml", text(rule));
  CHECK(folder.run({"lint", "--select", "UT0", "--write-baseline", "base.json"}).status == 0);
  CHECK(folder.run({"lint", "--select", "UT0", "--baseline", "base.json"}).status == 0);
  folder.put("in.yaml", text(rule + rule));
  const Outcome outcome =
      folder.run({"lint", "--select", "UT0", "--baseline", "base.json", "--format", "concise"});
  CHECK(outcome.status == 1);
  CHECK(outcome.out.starts_with("in.yaml:8:"));
}

TEST_CASE("baseline: the configuration may name it; what is none is refused") {
  const Folder folder;
  folder.put("in.yaml", without_egress());
  folder.put("sub/.untrack.yaml", "baseline: base.json\n");
  CHECK(folder.run({"lint", "in.yaml", "--write-baseline", "sub/base.json"}).status == 0);
  CHECK(folder.run({"lint", "in.yaml", "--config", "sub/.untrack.yaml"}).status == 0);
  CHECK(folder.run({"lint", "in.yaml", "--baseline", "none.json"}).status == 3);
  folder.put("odd.json", "{\"version\": 1, \"findings\": [{\"fingerprint\": 3}]}");
  const Outcome odd = folder.run({"lint", "in.yaml", "--baseline", "odd.json"});
  CHECK(odd.status == 2);
  CHECK(contains(odd.err, "`odd.json` is no baseline"));
}

TEST_CASE("choice: --select and --ignore take beginnings of codes, over the configuration") {
  const Folder folder;
  folder.put("in.yaml", without_egress());
  CHECK(folder.run({"lint", "--select", "UT3"}).status == 0);
  CHECK(folder.run({"lint", "--select", "UT3,UT2"}).status == 1);
  CHECK(folder.run({"lint", "--ignore", "UT201"}).status == 0);
  CHECK(folder.run({"lint", "--ignore", "UT5", "--ignore", "UT20"}).status == 0);
  folder.put(".untrack.yaml", "select: UT3\n");
  CHECK(folder.run({"lint"}).status == 0);
  CHECK(folder.run({"lint", "--select", "UT"}).status == 1);
  const Outcome wrong = folder.run({"lint", "--select", "UT9"});
  CHECK(wrong.status == 2);
  CHECK(contains(wrong.err, "`UT9` is neither a code nor the beginning of one"));
}

TEST_CASE("choice: --exit-zero shows all the same, and excludes --fail-on") {
  const Folder folder;
  folder.put("in.yaml", without_egress());
  const Outcome outcome = folder.run({"lint", "--exit-zero"});
  CHECK(outcome.status == 0);
  CHECK(contains(outcome.out, "[UT201]"));
  CHECK(folder.run({"lint", "--exit-zero", "--fail-on", "info"}).status == 2);
}

TEST_CASE("choice: --statistics counts by code, the most frequent first; programs get all") {
  const Folder folder;
  folder.put("in.yaml", without_egress() +
                            "  - action: Allow\n    protocol: TCP\n    destination: {ports: [80]}\n"
                            "# untrack: ignore[UT202] nothing\n");
  const Outcome outcome =
      folder.run({"lint", "--statistics", "--format", "text", "--format", "json=out.json"});
  CHECK(outcome.status == 1);
  CHECK(outcome.out ==
        "     2  UT201  error    reply-not-untracked\n"
        "     1  UT030  warning  unused-suppression\n");
  CHECK(Json::parse(folder.read("out.json"))["findings"].size() == 3);
}

}  // namespace untrack::cli
