// The formats of reports: read back as their readers do, by the letter of their specifications.
#include <doctest/doctest.h>

#include <array>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include <nlohmann/json.hpp>

#include "inputs.h"
#include "program.h"

namespace untrack::cli {

using Json = nlohmann::json;

// A request without its reply, in a file whose name has all that needs escapes.
static const std::string kName = "a b,c:100%.yaml";
static std::string without_egress() {
  return std::string(kServer.substr(0, kServer.find("  egress:")));
}

static std::string report(const std::string& format, std::string_view text = without_egress()) {
  const Folder folder;
  folder.put(kName, text);
  return folder.run({"lint", "./" + kName, "--format", format}).out;
}

// The one line of `text` that holds `part`.
static std::string line_with(std::string_view text, std::string_view part) {
  const std::size_t at = text.find(part);
  REQUIRE(at != std::string_view::npos);
  const std::size_t begin = at == 0 ? 0 : text.rfind('\n', at) + 1;
  return std::string(text.substr(begin, text.find('\n', at) - begin));
}

TEST_CASE("concise: one line a finding") {
  const std::string text = report("concise");
  CHECK(count(text, "\n") == 1);
  CHECK(text.starts_with("./a b,c:100%.yaml:21:5: error: "));
  CHECK(text.ends_with(" [UT201]\n"));
}

TEST_CASE("formats: several at once, each into its file") {
  const Folder folder;
  folder.put("in.yaml", without_egress());
  const Outcome outcome =
      folder.run({"lint", "in.yaml", "--format", "concise", "--format", "sarif=out.sarif", "--format",
                  "gitlab=gl.json", "--format", "junit=junit.xml", "--format", "github=gh.txt"});
  CHECK(outcome.status == 1);
  CHECK(count(outcome.out, "\n") == 1);
  CHECK(Json::parse(folder.read("out.sarif"))["version"] == "2.1.0");
  CHECK(Json::parse(folder.read("gl.json")).size() == 1);
  CHECK(folder.read("junit.xml").starts_with("<?xml"));
  CHECK(folder.read("gh.txt").starts_with("::error file=in.yaml,line="));
}

TEST_CASE("formats: each is complete where there is nothing to report") {
  CHECK(report("concise", kServer).empty());
  CHECK(report("github", kServer).empty());
  CHECK(Json::parse(report("gitlab", kServer)) == Json::array());
  CHECK(Json::parse(report("sarif", kServer))["runs"][0]["results"] == Json::array());
  CHECK(contains(report("junit", kServer), "tests=\"1\" failures=\"0\""));
}

TEST_CASE("formats: an unknown one is refused, with the nearest") {
  const Outcome outcome = Folder().run({"lint", "--format", "sarfi"});
  CHECK(outcome.status == 2);
  CHECK(contains(outcome.err, "did you mean `sarif`?"));
}

static std::string read_file(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST_CASE("formats: the jobs of docs/ci run, and leave the reports that they speak of") {
  const std::array<std::pair<const char*, std::vector<const char*>>, 2> jobs = {
      {{"docs/ci/github-actions.yml", {"untrack.sarif"}},
       {"docs/ci/gitlab-ci.yml", {"gl-code-quality-report.json", "untrack.xml"}}}};
  for (const auto& [job, reports] : jobs) {
    const std::string line = line_with(read_file(job), " untrack lint ");
    std::istringstream words(line.substr(line.find("lint ")));
    const std::vector<std::string> arguments{std::istream_iterator<std::string>(words), {}};
    const Folder folder;
    folder.put("policies/in.yaml", without_egress());
    CHECK(folder.run(arguments).status == 1);
    for (const char* file : reports) CHECK_MESSAGE(folder.has(file), file);
  }
}

// The required properties and the value ranges that SARIF 2.1.0 states for what we write.
static void check_region(const Json& region) {
  CHECK(region["startLine"] >= 1);    // 3.30.5
  CHECK(region["startColumn"] >= 1);  // 3.30.6
  CHECK(region["endLine"] >= region["startLine"]);
  if (region["endLine"] == region["startLine"]) CHECK(region["endColumn"] >= region["startColumn"]);
}

static void check_location(const Json& location) {
  const std::string uri = location["physicalLocation"]["artifactLocation"]["uri"];  // 3.4.3
  CHECK(uri.find_first_of(" <>\"{}|\\^`") == std::string::npos);
  check_region(location["physicalLocation"]["region"]);
}

static void check_sarif(const Json& log) {
  CHECK(log["version"] == "2.1.0");  // 3.13.2
  REQUIRE(log["runs"].is_array());   // 3.13.4
  const Json& run = log["runs"][0];
  CHECK(run["columnKind"] == "unicodeCodePoints");  // 3.14.17
  const Json& driver = run["tool"]["driver"];       // 3.18.2
  CHECK(driver["name"] == "untrack");               // 3.19.8
  std::set<std::string> rules;
  for (const Json& rule : driver["rules"]) {
    CHECK(rules.insert(rule["id"]).second);  // 3.49.3; 3.19.23: no two alike
    for (const char* text : {"shortDescription", "fullDescription", "help"})
      CHECK(rule[text]["text"].get<std::string>() != "");  // 3.12.3
    const std::string level = rule["defaultConfiguration"]["level"];
    CHECK(std::set<std::string>{"none", "note", "warning", "error"}.contains(level));  // 3.50.3
  }
  std::set<std::string> prints;
  for (const Json& result : run["results"]) {
    CHECK(result["message"]["text"].get<std::string>() != "");  // 3.27.11
    const std::size_t index = result["ruleIndex"];
    CHECK(driver["rules"][index]["id"] == result["ruleId"]);  // 3.27.6
    CHECK(std::set<std::string>{"none", "note", "warning", "error"}.contains(result["level"]));
    for (const Json& location : result["locations"]) check_location(location);
    for (const Json& location : result.value("relatedLocations", Json::array())) {
      check_location(location);
      CHECK(location["message"]["text"].is_string());
    }
    for (const auto& [key, value] : result["partialFingerprints"].items()) {  // 3.27.17
      CHECK(key == "untrackFinding/v1");
      CHECK(prints.insert(value).second);
    }
  }
}

TEST_CASE("sarif: required properties are there, places are exact, notes are related locations") {
  const Json log = Json::parse(report("sarif"));
  check_sarif(log);
  REQUIRE(log["runs"][0]["results"].size() == 1);
  const Json& result = log["runs"][0]["results"][0];
  CHECK(result["ruleId"] == "UT201");
  CHECK(result["level"] == "error");
  const Json& place = result["locations"][0]["physicalLocation"];
  CHECK(place["artifactLocation"]["uri"] == "a%20b%2Cc%3A100%25.yaml");
  CHECK(place["region"]["startLine"] == 21);
  CHECK(place["region"]["startColumn"] == 5);
  CHECK(result["relatedLocations"][0]["message"]["text"].get<std::string>().starts_with("on host endpoint"));
  CHECK(contains(result["message"]["text"].get<std::string>(), "\nwitness: "));
  CHECK(contains(log["runs"][0]["tool"]["driver"]["rules"][0]["help"]["markdown"].get<std::string>(),
                 "````yaml"));
}

TEST_CASE("sarif: columns count code points, also behind characters of two UTF-16 units") {
  const Json log = Json::parse(report("sarif",
                                      "apiVersion: projectcalico.org/v3\nkind: Tier\n"
                                      "metadata: {name: \"\U0001f600\U0001f600\", nme: b}\n"));
  check_sarif(log);
  bool found = false;
  for (const Json& result : log["runs"][0]["results"]) {
    const Json& region = result["locations"][0]["physicalLocation"]["region"];
    found |= region["startLine"] == 3 && region["startColumn"] == 24 && region["endColumn"] == 27;
  }
  CHECK(found);
}

TEST_CASE("github: a workflow command a finding, with nothing that could end it early") {
  const std::string text = report("github");
  CHECK(count(text, "\n") == 1);
  CHECK(text.starts_with("::error file=a b%2Cc%3A100%25.yaml,line=21,endLine="));
  CHECK(contains(text, "title=UT201 "));
  CHECK(contains(text, "%0Awitness: "));
  CHECK(contains(text, "%0Anote: ./a b,c:100%25.yaml:"));
}

TEST_CASE("gitlab: what its code quality widget asks for") {
  const Json log = Json::parse(report("gitlab"));
  REQUIRE(log.size() == 1);
  CHECK(log[0]["check_name"] == "UT201");
  CHECK(log[0]["severity"] == "critical");
  CHECK(log[0]["location"]["path"] == kName);
  CHECK(log[0]["location"]["lines"]["begin"] == 21);
  CHECK(log[0]["fingerprint"].get<std::string>().size() > 32);
}

TEST_CASE("gitlab: fingerprints stay when lines move, and differ between like findings") {
  const std::string twice =
      without_egress() + "  - action: Allow\n    protocol: TCP\n    destination: {ports: [11212]}\n";
  const Json before = Json::parse(report("gitlab", twice));
  const Json after = Json::parse(report("gitlab", "# a new line\n\n" + twice));
  REQUIRE(before.size() == 2);
  REQUIRE(after.size() == 2);
  CHECK(before[0]["fingerprint"] != before[1]["fingerprint"]);
  for (const int i : {0, 1}) {
    CHECK(before[i]["fingerprint"] == after[i]["fingerprint"]);
    CHECK(before[i]["location"] != after[i]["location"]);
  }
}

TEST_CASE("junit: a case a finding, failed where the run fails") {
  const std::string failed = report("junit");
  CHECK(contains(failed, "tests=\"1\" failures=\"1\" errors=\"0\" skipped=\"0\""));
  CHECK(contains(failed, "<testcase classname=\"a b,c:100%.yaml\" name=\"UT201 ./a b,c:100%.yaml:21:5\">"));
  CHECK(contains(line_with(failed, "<failure"), "&#10;witness: "));
  CHECK(contains(line_with(failed, "<failure"), "&gt; "));

  const Folder folder;
  folder.put("in.yaml", without_egress());
  const std::string passed = folder.run({"lint", "--format", "junit", "--fail-on", "never"}).out;
  CHECK(contains(passed, "failures=\"0\" errors=\"0\" skipped=\"1\""));
  CHECK(contains(passed, "<skipped message=\"error: "));
}

}  // namespace untrack::cli
