// What compile does for its nodes, side by side: each node's policy lowered, linted, made smaller, emitted
// and proved. Nodes that differ in nothing but their names share the passes and the proof.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "backends/backend.h"
#include "driver/bundle/manifest.h"
#include "driver/console.h"
#include "driver/options.h"
#include "passes/cluster.h"
#include "passes/lint/lint.h"
#include "support/diagnostic.h"

namespace untrack::driver {

inline constexpr std::string_view kLower = "lower";  // the stage before all passes, for --dump-ir

// The same for all nodes.
struct Plan {
  const CompileOptions& options;
  const passes::Cluster& cluster;
  const passes::lint::Origins& origins;
  std::vector<Target> targets;
  std::size_t proof_budget;
  backends::Options shape;
  std::vector<backends::Artifact> filter;  // of every node; none unless the mark is to be accepted
  bool explain_xdp = false;
};

struct NodeOutcome {
  std::string node;
  Diagnostics diagnostics;
  passes::lint::NodeFindings findings;
  std::string dump;
  std::vector<TargetFiles> targets;
  std::vector<backends::Artifact> scripts;
  std::string fault;  // ours: nothing is written
};

// In the order of `nodes`, whatever the number of threads.
std::vector<NodeOutcome> compile_nodes(const Plan& plan, const std::vector<std::string>& nodes,
                                       Console& console);

}  // namespace untrack::driver
