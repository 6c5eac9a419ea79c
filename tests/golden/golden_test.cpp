// golden_test [--update] [CASE...]: for each testdata/policies/CASE what the input becomes, compared with the
// expectation beside it. With --update the expectation is rewritten, and the difference is read like code.
// A case whose name begins with `fail_` must be refused, the others must not.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "frontend/load.h"
#include "ir/print.h"
#include "passes/check_policies.h"
#include "passes/cluster.h"
#include "passes/lower_policies.h"
#include "passes/pipeline.h"

namespace fs = std::filesystem;
using namespace untrack;

static std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

static void write(const fs::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary).write(text.data(), static_cast<std::streamsize>(text.size()));
}

struct Outcome {
  std::string text;
  bool refused = false;
};

static Outcome compile(const fs::path& input) {
  SourceMap sources;
  const frontend::Source source{sources.add(input.filename(), read(input))};
  Diagnostics diagnostics;
  const ir::PolicySet policies = frontend::load(sources, {&source, 1}, diagnostics);
  const passes::Cluster cluster(policies);
  passes::check_policies(cluster, diagnostics);

  std::string rulesets;
  for (const std::string& node : policies.node_names()) {
    ir::Ruleset ruleset = passes::lower_policies(cluster, node, {}, diagnostics);
    rulesets += fmt::format("\n# ---- as lowered\n{}", ir::print(ruleset));
    ir::PacketSpace space;
    passes::PassContext context{space};
    passes::run_pipeline(ruleset, context);
    rulesets += fmt::format("\n# ---- after the passes\n{}", ir::print(ruleset));
  }

  Outcome outcome;
  for (const Diagnostic* found : diagnostics.in_order()) {
    outcome.text += fmt::format("# {}: {}: {} [{}]\n", sources.place(found->span),
                                to_string(found->info->severity), found->message, found->info->code);
  }
  outcome.text += rulesets;
  outcome.refused = diagnostics.refuses_compile();
  return outcome;
}

static bool passes_case(const fs::path& folder, bool update) {
  const fs::path expected = folder / "expected.ir";
  const Outcome outcome = compile(folder / "input.yaml");
  const std::string name = folder.filename();
  if (outcome.refused != name.starts_with("fail_")) {
    fmt::print(stderr, "{}: {}\n{}", name, outcome.refused ? "refused" : "not refused", outcome.text);
    return false;
  }
  if (update) write(expected, outcome.text);
  if (read(expected) == outcome.text) return true;
  const fs::path actual = fs::temp_directory_path() / (name + ".ir");
  write(actual, outcome.text);
  fmt::print(stderr, "{}: differs; diff {} {}\n", name, expected.string(), actual.string());
  return false;
}

int main(int argc, char** argv) {
  std::vector<std::string> cases(argv + 1, argv + argc);
  const bool update = std::erase(cases, "--update") != 0;
  if (cases.empty()) {
    for (const auto& entry : fs::directory_iterator("testdata/policies"))
      cases.push_back(entry.path().filename());
    std::sort(cases.begin(), cases.end());
  }
  const auto failed = std::count_if(cases.begin(), cases.end(), [&](const std::string& name) {
    return !passes_case(fs::path("testdata/policies") / name, update);
  });
  fmt::print("{} cases, {} failed\n", cases.size(), failed);
  return failed == 0 ? 0 : 1;
}
