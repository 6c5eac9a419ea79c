#include "driver/commands/analyse.h"

#include <map>
#include <optional>

#include "backends/bpf/explain_xdp.h"
#include "driver/check_mark.h"
#include "driver/findings/suppress.h"
#include "driver/parallel.h"
#include "driver/progress.h"
#include "driver/targets.h"
#include "frontend/yaml/rewrite.h"
#include "passes/check_policies.h"
#include "passes/lint/lint.h"
#include "passes/lower_policies.h"

namespace untrack::driver {

namespace {

struct NodeOutcome {
  Diagnostics diagnostics;
  passes::lint::NodeFindings findings;
};

}  // namespace

static NodeOutcome lint_node(const passes::Cluster& cluster, const passes::lint::Origins& origins,
                             const Config& config, std::span<const Target> targets, const std::string& node,
                             const LintOptions& options) {
  NodeOutcome outcome;
  const ir::Ruleset ruleset = passes::lower_policies(cluster, node, options.lower, outcome.diagnostics);
  ir::PacketSpace space(config.proof_budget);
  outcome.findings = passes::lint::lint(origins, ruleset, space);
  // What a target cannot express is known to its backend alone; the artifacts themselves are of no interest
  // here.
  if (config.explain_xdp && has_programs(targets)) backends::bpf::explain_xdp(ruleset, outcome.diagnostics);
  const backends::Options shape = artifact_options(config);
  for (const Target target : targets) backend_of(target).emit(ruleset, shape, outcome.diagnostics);
  return outcome;
}

static void analyse_nodes(Session& session, const LintOptions& options, Console& console) {
  const std::vector<std::string> nodes = session.policies.node_names();
  const passes::Cluster cluster(session.policies);
  passes::check_policies(cluster, session.diagnostics);
  const std::vector<Target> targets =
      session.config.targets.empty() ? default_targets() : session.config.targets;
  check_mark(artifact_options(session.config), targets, session.policies, session.diagnostics);
  const passes::lint::Origins origins(session.policies);
  std::vector<NodeOutcome> outcomes(nodes.size());
  Progress progress(console.err, console.err_is_terminal && !options.report.quiet, nodes.size());
  for_each_index(options.jobs, nodes.size(), [&](std::size_t index) {
    outcomes[index] = lint_node(cluster, origins, session.config, targets, nodes[index], options);
    progress.one_done();
  });
  std::vector<passes::lint::NodeFindings> findings;
  for (NodeOutcome& outcome : outcomes) {
    session.diagnostics.append(std::move(outcome.diagnostics));
    findings.push_back(std::move(outcome.findings));
  }
  session.diagnostics.append(passes::lint::conclude(origins, std::move(findings)));
}

// Inventory is never edited, and what is wrong with the configuration is the matter of its author.
static void lay_out_cures(Session& session) {
  std::map<BufferId, std::optional<frontend::yaml::Rewriter>> rewriters;
  for (const frontend::Source& input : session.inputs) {
    if (input.role == frontend::Role::Linted) rewriters.try_emplace(input.buffer);
  }
  session.diagnostics.for_each([&](Diagnostic& finding) {
    if (!finding.cure) return;
    const auto known = rewriters.find(finding.span.buffer);
    if (known != rewriters.end()) {
      if (!known->second) known->second.emplace(session.sources, finding.span.buffer);
      if (auto edits = known->second->edits(finding.cure->changes)) finding.cure->edits = std::move(*edits);
    }
    if (finding.cure->edits.empty()) finding.cure.reset();
  });
}

void analyse(Session& session, const LintOptions& options, Console& console) {
  analyse_nodes(session, options, console);
  report_unused(session.suppressions, session.diagnostics);
  lay_out_cures(session);
}

}  // namespace untrack::driver
