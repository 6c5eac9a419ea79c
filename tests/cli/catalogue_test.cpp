// The catalogue, its examples in testdata/diagnostics and docs/rules say the same.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "program.h"

namespace untrack::cli {

namespace fs = std::filesystem;

static const std::string kExamples = "testdata/diagnostics";

static nlohmann::json rules() {
  return nlohmann::json::parse(Folder().run({"rules", "--format", "json"}).out);
}

static std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The settings that stand beside an example.
static void put_config(const Folder& folder, const fs::path& example) {
  const fs::path config = example / ".untrack.yaml";
  if (fs::exists(config)) folder.put(".untrack.yaml", read_file(config.string()));
}

// What lint finds in a file: how often each code, by level.
struct Found {
  std::map<std::string, int> times;
  std::set<std::string> above_info;
};

static Found found_in(const std::string& path) {
  const Folder folder;
  folder.put("example.yaml", read_file(path));
  put_config(folder, fs::path(path).parent_path());
  const Outcome outcome = folder.run({"lint", "example.yaml", "--format", "json"});
  REQUIRE_MESSAGE((outcome.status == 0 || outcome.status == 1), outcome.err);
  const auto report = nlohmann::json::parse(outcome.out);
  Found found;
  for (const auto& finding : report["findings"]) {
    ++found.times[finding["code"]];
    if (finding["level"] != "info") found.above_info.insert(finding["code"].get<std::string>());
  }
  return found;
}

TEST_CASE("catalogue: every code is unique, complete and named in kebab case") {
  std::set<std::string> codes, names;
  for (const auto& rule : rules()) {
    const std::string code = rule["code"], name = rule["name"];
    CHECK_MESSAGE(codes.insert(code).second, code);
    CHECK_MESSAGE(names.insert(name).second, name);
    CHECK_MESSAGE((code.size() == 5 && code.starts_with("UT")), code);
    CHECK_MESSAGE(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos, name);
    for (const char* part : {"summary", "why", "source"})
      CHECK_MESSAGE(rule[part] != "", fmt::format("{} {}", code, part));
  }
}

TEST_CASE("catalogue: every code has a bad example that triggers it, and nothing else above info") {
  for (const auto& rule : rules()) {
    const std::string code = rule["code"], path = kExamples + "/" + code + "/bad.yaml";
    REQUIRE_MESSAGE(fs::exists(path), path);
    Found found = found_in(path);
    CHECK_MESSAGE(found.times[code] >= 1, path);
    found.above_info.erase(code);
    for (const std::string& other : found.above_info)
      CHECK_MESSAGE(false, fmt::format("{} triggers {}, too", path, other));
  }
}

TEST_CASE("catalogue: every code has a good example that does not trigger it, nor anything above info") {
  for (const auto& rule : rules()) {
    const std::string code = rule["code"], path = kExamples + "/" + code + "/good.yaml";
    REQUIRE_MESSAGE(fs::exists(path), path);
    const Found found = found_in(path);
    CHECK_MESSAGE(!found.times.contains(code), path);
    for (const std::string& other : found.above_info)
      CHECK_MESSAGE(false, fmt::format("{} triggers {}", path, other));
  }
}

TEST_CASE("catalogue: what lint says of a bad example is its bad.txt; write it anew with `./dev docs`") {
  for (const auto& rule : rules()) {
    const std::string code = rule["code"], folder_name = kExamples + "/" + code;
    const Folder folder;
    folder.put("bad.yaml", read_file(folder_name + "/bad.yaml"));
    put_config(folder, folder_name);
    CHECK_MESSAGE(folder.run({"lint", "bad.yaml"}).out == read_file(folder_name + "/bad.txt"), code);
    CHECK_MESSAGE(rule["output"] == read_file(folder_name + "/bad.txt"), code);
  }
}

TEST_CASE("catalogue: a fix makes fixed.yaml of the bad example, which lacks the finding then") {
  for (const auto& rule : rules()) {
    const std::string code = rule["code"], folder_name = kExamples + "/" + code;
    const std::string fixable = rule.value("fixable", ""), expected = folder_name + "/fixed.yaml";
    CHECK_MESSAGE(fs::exists(expected) == (fixable != ""), code);
    if (!fs::exists(expected)) continue;
    const Folder folder;
    folder.put("bad.yaml", read_file(folder_name + "/bad.yaml"));
    put_config(folder, folder_name);
    std::vector<std::string> arguments = {"lint", "bad.yaml", "--select", code, "--fix"};
    if (fixable == "unsafe") {
      folder.run(arguments);
      CHECK_MESSAGE(folder.read("bad.yaml") == read_file(folder_name + "/bad.yaml"), code);
      arguments.push_back("--unsafe-fixes");
    }
    for (int run = 0; run < 2; ++run) {  // the second one finds nothing to do
      const Outcome outcome = folder.run(arguments);
      CHECK_MESSAGE(outcome.status == 0, code);
      CHECK_MESSAGE(outcome.out.empty(), code);
      CHECK_MESSAGE(folder.read("bad.yaml") == read_file(expected), code);
    }
    CHECK_MESSAGE(rule["fixed"] == read_file(expected), code);
  }
}

TEST_CASE("catalogue: every folder of examples belongs to a code") {
  std::set<std::string> codes;
  for (const auto& rule : rules()) codes.insert(rule["code"]);
  for (const auto& entry : fs::directory_iterator(kExamples)) {
    CHECK_MESSAGE(codes.contains(entry.path().filename().string()), entry.path().string());
  }
}

TEST_CASE("catalogue: docs/rules is what the program writes; write it anew with `./dev docs`") {
  const Folder folder;
  CHECK(folder.run({"rules", "--format", "md", "-o", "."}).status == 0);
  std::vector<std::string> pages;
  for (const auto& entry : fs::directory_iterator("docs/rules")) pages.push_back(entry.path().filename());
  std::ranges::sort(pages);
  CHECK(folder.files() == pages);
  for (const std::string& page : pages)
    CHECK_MESSAGE(folder.read(page) == read_file("docs/rules/" + page), page);
}

TEST_CASE("catalogue: rules lists every code with its name, as text and as one page of Markdown") {
  const Folder folder;
  const std::string list = folder.run({"rules"}).out, page = folder.run({"rules", "--format", "md"}).out;
  for (const auto& rule : rules()) {
    const std::string code = rule["code"], name = rule["name"];
    CHECK_MESSAGE(contains(list, "\n" + code + " "), code);
    CHECK_MESSAGE(contains(page, "\n### " + code + " " + name + "\n"), code);
  }
}

TEST_CASE("catalogue: explain shows both examples and the output") {
  const Folder folder;
  for (const auto& rule : rules()) {
    const std::string code = rule["code"];
    const std::string text = folder.run({"explain", code}).out;
    CHECK_MESSAGE(contains(text, "\nReported:\n"), code);
    CHECK_MESSAGE(contains(text, "\nAs `untrack lint bad.yaml` shows it:\n"), code);
    CHECK_MESSAGE(contains(text, "\nNot reported:\n"), code);
  }
}

TEST_CASE("catalogue: explain takes a code in any case, a name, or the beginning of codes") {
  const Folder folder;
  const std::string page = folder.run({"explain", "UT201"}).out;
  CHECK(folder.run({"explain", "ut201"}).out == page);
  CHECK(folder.run({"explain", "reply-not-untracked"}).out == page);
  const Outcome group = folder.run({"explain", "UT2"});
  CHECK(group.status == 0);
  CHECK(contains(group.out, "\nUT201 "));
  CHECK_FALSE(contains(group.out, "\nUT301 "));
}

TEST_CASE("catalogue: a code that is not there is refused, with the nearest one") {
  const Outcome code = Folder().run({"explain", "UT021"});
  CHECK(code.status == 2);
  CHECK(contains(code.err, "unknown code `UT021`; did you mean `UT"));
  CHECK(contains(Folder().run({"explain", "reply-not-untrackd"}).err, "did you mean `reply-not-untracked`?"));
}

TEST_CASE("catalogue: colours where they are asked for, and no other text") {
  const Folder folder;
  for (const std::string command : {"explain", "rules"}) {
    std::vector<std::string> words = {command};
    if (command == "explain") words.emplace_back("UT201");
    const std::string plain = folder.run(words).out;
    CHECK_FALSE(contains(plain, "\x1b["));
    words.insert(words.end(), {"--color", "always"});
    const std::string coloured = folder.run(words).out;
    CHECK(contains(coloured, "\x1b[1m"));
    std::string stripped;
    for (std::size_t i = 0; i < coloured.size(); ++i) {
      if (coloured[i] == '\x1b')
        i = coloured.find('m', i);
      else
        stripped += coloured[i];
    }
    CHECK(stripped == plain);
  }
}

TEST_CASE("json: the report is as docs/lint.schema.json says") {
  const auto schema = nlohmann::json::parse(read_file("docs/lint.schema.json"));
  const auto& finding_schema = schema["$defs"]["finding"];
  for (const auto& entry : fs::directory_iterator(kExamples)) {
    const Folder folder;
    folder.put("example.yaml", read_file((entry.path() / "bad.yaml").string()));
    const auto report = nlohmann::json::parse(folder.run({"lint", "example.yaml", "--format", "json"}).out);
    for (const auto& finding : report["findings"]) {
      for (const auto& [key, value] : finding.items())
        CHECK_MESSAGE(finding_schema["properties"].contains(key), key);
      for (const std::string key : finding_schema["required"]) CHECK_MESSAGE(finding.contains(key), key);
      for (const auto& note : finding.value("notes", nlohmann::json::array())) {
        for (const auto& [key, value] : note.items()) {
          CHECK_MESSAGE(schema["$defs"]["note"]["properties"].contains(key), key);
        }
      }
      if (!finding.contains("fix")) continue;
      for (const auto& [key, value] : finding["fix"].items())
        CHECK_MESSAGE(schema["$defs"]["fix"]["properties"].contains(key), key);
      for (const auto& edit : finding["fix"]["edits"]) {
        CHECK(edit.size() == schema["$defs"]["edit"]["required"].size());
        for (const auto& [key, value] : edit.items())
          CHECK_MESSAGE(schema["$defs"]["edit"]["properties"].contains(key), key);
      }
    }
  }
}

}  // namespace untrack::cli
