// The catalogue, its examples in testdata/diagnostics and docs/diagnostics.md say the same.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
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

// The codes that lint finds in an example, with the configuration that stands beside it.
static std::set<std::string> codes_in(const std::string& example) {
  const Folder folder;
  folder.put("example.yaml", read_file(example));
  const fs::path config = fs::path(example).parent_path() / ".untrack.yaml";
  if (fs::exists(config)) folder.put(".untrack.yaml", read_file(config.string()));
  const Outcome outcome = folder.run({"lint", "example.yaml", "--format", "json"});
  REQUIRE_MESSAGE((outcome.status == 0 || outcome.status == 1), outcome.err);
  const auto report = nlohmann::json::parse(outcome.out);
  std::set<std::string> codes;
  for (const auto& finding : report["findings"]) codes.insert(finding["code"]);
  return codes;
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

TEST_CASE("catalogue: every code has a bad example that triggers it and a good one that does not") {
  for (const auto& rule : rules()) {
    const std::string code = rule["code"];
    const std::string bad = kExamples + "/" + code + "/bad.yaml",
                      good = kExamples + "/" + code + "/good.yaml";
    CHECK_MESSAGE(fs::exists(bad), bad);
    CHECK_MESSAGE(fs::exists(good), good);
    if (!fs::exists(bad) || !fs::exists(good)) continue;
    CHECK_MESSAGE(codes_in(bad).contains(code), fmt::format("{} does not trigger it", bad));
    CHECK_MESSAGE(!codes_in(good).contains(code), fmt::format("{} triggers it", good));
  }
}

TEST_CASE("catalogue: every folder of examples belongs to a code") {
  std::set<std::string> codes;
  for (const auto& rule : rules()) codes.insert(rule["code"]);
  for (const auto& entry : fs::directory_iterator(kExamples)) {
    CHECK_MESSAGE(codes.contains(entry.path().filename().string()), entry.path().string());
  }
}

TEST_CASE("catalogue: docs/diagnostics.md is what the program says; write it anew with `./dev docs`") {
  CHECK(Folder().run({"rules", "--format", "md"}).out == read_file("docs/diagnostics.md"));
}

TEST_CASE("catalogue: explain shows both examples") {
  const Folder folder;
  for (const auto& rule : rules()) {
    const std::string code = rule["code"];
    const std::string text = folder.run({"explain", code}).out;
    CHECK_MESSAGE(contains(text, "\nReported:\n"), code);
    CHECK_MESSAGE(contains(text, "\nNot reported:\n"), code);
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
    }
  }
}

}  // namespace untrack::cli
