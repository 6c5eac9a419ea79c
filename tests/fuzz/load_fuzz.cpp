// Any bytes as input YAML: no crash, no hang; every diagnostic points into the text. What can be read goes
// all the way that `untrack lint` and `untrack compile` take it before a backend: lowered for its nodes,
// linted, and through the passes, which compare the meaning before and after each (UNTRACK_ASSERTIONS).
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "frontend/load.h"
#include "ir/invariants.h"
#include "passes/check_policies.h"
#include "passes/cluster.h"
#include "passes/lint/lint.h"
#include "passes/lower_policies.h"
#include "passes/pipeline.h"

using namespace untrack;

static void require(bool holds) {
  if (!holds) std::abort();
}

static void require_places(const SourceMap& sources, const Diagnostics& diagnostics) {
  const auto inside = [&](SourceSpan span) {
    return !span.exists() || (span.begin <= span.end && span.end <= sources.text(span.buffer).size());
  };
  for (const Diagnostic* diagnostic : diagnostics.in_order()) {
    require(inside(diagnostic->span));
    for (const auto& note : diagnostic->notes) require(inside(note.span));
  }
}

// More nodes are more of the same, and what one costs is bounded.
static constexpr std::size_t kMostNodes = 3;
static constexpr std::size_t kEdgeBudget = 100'000;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  SourceMap sources;
  const frontend::Source source{
      sources.add("input.yaml", std::string(reinterpret_cast<const char*>(data), size)),
      frontend::Role::Linted};
  Diagnostics diagnostics;
  const ir::PolicySet policies = frontend::load(sources, {&source, 1}, diagnostics);
  require_places(sources, diagnostics);

  const passes::Cluster cluster(policies);
  passes::check_policies(cluster, diagnostics);
  const passes::lint::Origins origins(policies);
  std::vector<std::string> nodes = policies.node_names();
  nodes.resize(std::min(nodes.size(), kMostNodes));
  std::vector<passes::lint::NodeFindings> findings;
  for (const std::string& node : nodes) {
    ir::Ruleset ruleset = passes::lower_policies(cluster, node, {}, diagnostics);
    require(!ir::broken_invariant(ruleset));
    ir::PacketSpace space(kEdgeBudget);
    findings.push_back(passes::lint::lint(origins, ruleset, space));
    passes::PassContext context{space};
    passes::run_pipeline(ruleset, context);
  }
  diagnostics.append(passes::lint::conclude(origins, std::move(findings)));
  require_places(sources, diagnostics);
  return 0;
}
