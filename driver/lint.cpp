#include <fmt/format.h>

#include "driver/baseline.h"
#include "driver/check_mark.h"
#include "driver/commands.h"
#include "driver/files.h"
#include "driver/parallel.h"
#include "driver/progress.h"
#include "driver/session.h"
#include "driver/targets.h"
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
  const backends::Options shape = artifact_options(config);
  for (const Target target : targets) backend_of(target).emit(ruleset, shape, outcome.diagnostics);
  return outcome;
}

static void lint_nodes(Session& session, const LintOptions& options, Console& console) {
  const std::vector<std::string> nodes = session.policies.node_names();
  const passes::Cluster cluster(session.policies);
  passes::check_policies(cluster, session.diagnostics);
  check_mark(artifact_options(session.config), session.policies, session.diagnostics);
  const passes::lint::Origins origins(session.policies);
  const std::vector<Target> targets =
      session.config.targets.empty() ? default_targets() : session.config.targets;
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

// The command line has the last word.
static void choose(Config& config, const LintOptions& options) {
  if (options.select) config.select = options.select;
  config.ignore.insert(config.ignore.end(), options.ignore.begin(), options.ignore.end());
  if (!options.baseline.empty()) config.baseline = options.baseline;
}

static ExitStatus write_baseline(const Session& session, Findings findings, const LintOptions& options,
                                 Console& console) {
  const OutputFile file{options.write_baseline, baseline_as_json(session.sources, findings)};
  if (llvm::Error error = write_files({&file, 1}))
    return fail(console, {ExitStatus::WorldFailed, llvm::toString(std::move(error))});
  if (!options.report.quiet)
    console.err << fmt::format("{} in {}\n", findings.empty() ? "no finding" : summary(findings),
                               options.write_baseline);
  return ExitStatus::Done;
}

ExitStatus lint(const LintOptions& options, Console& console) {
  auto opened = open_session(options.input, options.jobs, console);
  if (const auto* failure = std::get_if<Failure>(&opened)) return fail(console, *failure);
  Session& session = std::get<Session>(opened);
  // Success over nothing at all would hide a path that was mistyped.
  if (session.inputs.empty() && !options.report.quiet) {
    console.err << "untrack: no file with a Calico or inventory document was found\n";
  }
  choose(session.config, options);
  lint_nodes(session, options, console);
  report_unused(session.suppressions, session.diagnostics);

  std::vector<const Diagnostic*> findings = chosen_findings(session);
  if (!options.write_baseline.empty()) return write_baseline(session, findings, options, console);
  if (!session.config.baseline.empty()) {
    const auto baseline = read_baseline(session.config.baseline);
    if (const auto* failure = std::get_if<Failure>(&baseline)) return fail(console, *failure);
    findings = new_findings(session.sources, findings, std::get<Baseline>(baseline));
  }
  const Shown shown =
      show(session, findings, options.report, FailOn::Error, console.out, console.out_is_terminal, console);
  if (shown.failure) return fail(console, *shown.failure);
  return shown.failed ? ExitStatus::Findings : ExitStatus::Done;
}

}  // namespace untrack::driver
