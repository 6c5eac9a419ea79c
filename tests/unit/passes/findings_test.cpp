// Every kind of diagnostic of this folder has an example in testdata/diagnostics, and a near miss.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <set>

#include <fmt/format.h>

#include "frontend/load.h"
#include "passes/check_policies.h"
#include "passes/diagnostics.h"
#include "passes/lower_policies.h"

using namespace untrack;

static std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE_MESSAGE(file, path);
  return {std::istreambuf_iterator<char>(file), {}};
}

static std::set<std::string_view> codes(std::string_view code, std::string_view which) {
  SourceMap sources;
  const std::string path = fmt::format("testdata/diagnostics/{}/{}.yaml", code, which);
  const frontend::Source source{sources.add(path, read(path))};
  Diagnostics diagnostics;
  const ir::PolicySet policies = frontend::load(sources, {&source, 1}, diagnostics);
  const passes::Cluster cluster(policies);
  passes::check_policies(cluster, diagnostics);
  for (const std::string& node : policies.node_names())
    passes::lower_policies(cluster, node, {}, diagnostics);

  std::set<std::string_view> found;
  for (const Diagnostic* each : diagnostics.in_order()) {
    CHECK_MESSAGE(each->span.exists(), each->message);
    found.insert(each->info->code);
  }
  return found;
}

TEST_CASE("findings: each bad example shows its finding and no other") {
  for (const DiagnosticInfo* info : passes::diagnostics()) {
    CAPTURE(info->code);
    CHECK(codes(info->code, "bad") == std::set{info->code});
  }
}

TEST_CASE("findings: each near miss is clean") {
  for (const DiagnosticInfo* info : passes::diagnostics()) {
    CAPTURE(info->code);
    CHECK(codes(info->code, "good") == std::set<std::string_view>());
  }
}
