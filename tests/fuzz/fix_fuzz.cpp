// Any bytes as input YAML: what would cure a finding can be written into the text, or cannot; where it can,
// the new text is YAML that says what the old one said but for the change. Alone, and together with all the
// others.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "frontend/load.h"
#include "frontend/yaml/rewrite.h"
#include "passes/check_policies.h"
#include "passes/cluster.h"
#include "passes/lint/lint.h"
#include "passes/lower_policies.h"

using namespace untrack;

static void require(bool holds) {
  if (!holds) std::abort();
}

static constexpr std::size_t kMostNodes = 2;
static constexpr std::size_t kEdgeBudget = 50'000;

static Diagnostics findings(const SourceMap& sources, BufferId buffer) {
  const frontend::Source source{buffer, frontend::Role::Linted};
  Diagnostics diagnostics;
  const ir::PolicySet policies = frontend::load(sources, {&source, 1}, diagnostics);
  const passes::Cluster cluster(policies);
  passes::check_policies(cluster, diagnostics);
  const passes::lint::Origins origins(policies);
  std::vector<std::string> nodes = policies.node_names();
  if (nodes.size() > kMostNodes) nodes.resize(kMostNodes);
  std::vector<passes::lint::NodeFindings> of_nodes;
  for (const std::string& node : nodes) {
    const ir::Ruleset ruleset = passes::lower_policies(cluster, node, {}, diagnostics);
    ir::PacketSpace space(kEdgeBudget);
    of_nodes.push_back(passes::lint::lint(origins, ruleset, space));
  }
  diagnostics.append(passes::lint::conclude(origins, std::move(of_nodes)));
  return diagnostics;
}

static void require_rewrite(const SourceMap& sources, BufferId buffer,
                            const frontend::yaml::Rewriter& rewriter, const std::vector<Change>& changes) {
  auto edits = rewriter.edits(changes);
  if (!edits) return;
  const EditedText edited(sources.text(buffer), *std::move(edits));
  SourceMap after;
  require(after.add(std::string(sources.name(buffer)), edited.text()) == buffer);
  require(frontend::yaml::says_the_same_but_for(sources, after, buffer, changes));
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  SourceMap sources;
  const BufferId buffer = sources.add("input.yaml", std::string(reinterpret_cast<const char*>(data), size));
  const Diagnostics diagnostics = findings(sources, buffer);
  const frontend::yaml::Rewriter rewriter(sources, buffer);
  std::vector<Change> all;
  for (const Diagnostic* diagnostic : diagnostics.in_order()) {
    if (!diagnostic->cure) continue;
    const std::vector<Change>& changes = diagnostic->cure->changes;
    require_rewrite(sources, buffer, rewriter, changes);
    all.insert(all.end(), changes.begin(), changes.end());
  }
  require_rewrite(sources, buffer, rewriter, all);
  return 0;
}
