// Every kind of diagnostic of the decoder has an example in testdata/diagnostics, and a near miss.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "frontend/diagnostics.h"
#include "frontend/yaml/diagnostics.h"
#include "tests/unit/frontend/resources/read.h"

using namespace untrack;
using namespace untrack::frontend;

static std::string listed(const Loaded& loaded) {
  std::string all;
  for (const std::string& line : loaded.findings()) all += line + "\n";
  return all;
}

static std::string example(const DiagnosticInfo& info, std::string_view which) {
  return fmt::format("testdata/diagnostics/{}/{}.yaml", info.code, which);
}

static bool reports(const Loaded& loaded, std::string_view code) {
  const auto all = loaded.diagnostics.in_order();
  return std::any_of(all.begin(), all.end(), [&](const Diagnostic* d) { return d->info->code == code; });
}

// Those of the YAML reader have tests of their own.
static bool is_of_the_decoder(const DiagnosticInfo& info) {
  return std::ranges::find(yaml::diagnostics(), &info) == yaml::diagnostics().end();
}

TEST_CASE("catalogue: codes and names are distinct, texts follow the house style") {
  std::set<std::string_view> codes, names;
  for (const DiagnosticInfo* info : frontend::diagnostics()) {
    CAPTURE(info->code);
    CHECK(codes.insert(info->code).second);
    CHECK(names.insert(info->name).second);
    CHECK(info->summary.ends_with('.'));
    CHECK(info->why.ends_with('.'));
    CHECK(!info->source.empty());
    if (info->severity == Severity::Error && info->code != "UT109") CHECK(info->compile == Compile::Refused);
  }
}

TEST_CASE("catalogue: a bad example reports its code and nothing else") {
  for (const DiagnosticInfo* info : frontend::diagnostics()) {
    if (!is_of_the_decoder(*info)) continue;
    CAPTURE(info->code);
    REQUIRE(std::filesystem::exists(example(*info, "bad")));
    const Loaded loaded = load_text(file_text(example(*info, "bad")));
    CAPTURE(listed(loaded));
    CHECK(reports(loaded, info->code));
    for (const Diagnostic* found : loaded.diagnostics.in_order()) CHECK(found->info->code == info->code);
  }
}

TEST_CASE("catalogue: a good example reports nothing at all") {
  for (const DiagnosticInfo* info : frontend::diagnostics()) {
    if (!is_of_the_decoder(*info)) continue;
    CAPTURE(info->code);
    REQUIRE(std::filesystem::exists(example(*info, "good")));
    const Loaded loaded = load_text(file_text(example(*info, "good")));
    CAPTURE(listed(loaded));
    CHECK(loaded.diagnostics.empty());
  }
}
