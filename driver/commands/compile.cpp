// The compiler as a list of steps, each a function from value to value:
//
//   open_session     PATHs -> PolicySet                what was said, about the cluster
//   compile_nodes    for each node:
//     lower_policies PolicySet, node -> Ruleset        what a packet meets, on one node
//     lint           Ruleset -> findings               what is wrong with that
//     run_pipeline   Ruleset -> Ruleset                smaller, with the same meaning
//     emit           Ruleset -> files                  for each target
//     read, prove    files -> equal to the policy      by a reader that knows no backend
//     bundle         files -> scripts                  what loads them, on the node
//   write_files      files -> disk                     all or nothing
#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "backends/iptables/filter.h"
#include "backends/nft/filter.h"
#include "driver/bundle/manifest.h"
#include "driver/check_mark.h"
#include "driver/commands/commands.h"
#include "driver/commands/compile_nodes.h"
#include "driver/did_you_mean.h"
#include "driver/files.h"
#include "driver/session.h"
#include "driver/targets.h"
#include "driver/visible.h"
#include "passes/check_policies.h"
#include "passes/lint/lint.h"
#include "passes/lower_policies.h"
#include "passes/pipeline.h"
#include "verify/filter.h"

namespace untrack::driver {

static constexpr std::string_view kStandardOutput = "-";
static constexpr std::string_view kXdpCodes = "UT48";  // backends/bpf/explain_xdp.h

// ---- usage

static std::vector<Target> chosen_targets(const CompileOptions& options, const Config& config) {
  if (!options.targets.empty()) return options.targets;
  if (options.output == kStandardOutput) return {Target::Nft};
  return config.targets.empty() ? default_targets() : config.targets;
}

static std::optional<Failure> refuse_pass_names(const CompileOptions& options) {
  std::vector<std::string_view> known = passes::pass_names();
  const auto refuse = [&](const std::string& pass) {
    return Failure{ExitStatus::WrongUsage,
                   fmt::format("unknown pass `{}`{}", pass, did_you_mean(pass, known))};
  };
  for (const std::string& pass : options.passes.value_or(std::vector<std::string>{})) {
    if (std::ranges::find(known, pass) == known.end()) return refuse(pass);
  }
  known.push_back(kLower);
  if (options.dump_after && std::ranges::find(known, *options.dump_after) == known.end()) {
    return refuse(*options.dump_after);
  }
  return std::nullopt;
}

static std::variant<backends::Options, Failure> shape_of(const CompileOptions& options, const Config& config,
                                                         const std::vector<Target>& targets) {
  backends::Options shape = artifact_options(config);
  shape.strip = options.strip;
  for (const auto& [tool, version] : options.versions) shape.versions[tool] = version;
  if (options.mark) shape.program_mark = *options.mark;
  if (options.accept_in_filter || shape.accept_mark) shape.accept_mark = shape.program_mark;
  if (options.mark && !shape.accept_mark && !has_programs(targets))
    return Failure{ExitStatus::WrongUsage, "--mark says nothing without --accept-in-filter or -t bpf"};
  if (options.explain_xdp && !has_programs(targets))
    return Failure{ExitStatus::WrongUsage, "--explain-xdp says nothing without -t bpf"};
  return shape;
}

// The rules for the host's filter, read back.
static std::variant<std::vector<backends::Artifact>, Failure> filter_for(const backends::Options& shape) {
  if (!shape.accept_mark) return std::vector<backends::Artifact>{};
  std::vector<backends::Artifact> files = {backends::nft::accept_in_filter(*shape.accept_mark),
                                           backends::iptables::accept_in_filter(*shape.accept_mark)};
  const auto read = verify::read_filter({.nft = files[0].bytes, .iptables = files[1].bytes});
  const auto* mark = std::get_if<verify::MarkBit>(&read);
  if (mark == nullptr || *mark != *shape.accept_mark)
    return Failure{ExitStatus::WorldFailed, "the rules for the host's filter do not accept just the mark"};
  return files;
}

static std::optional<Failure> refuse_standard_output(const std::vector<std::string>& nodes,
                                                     const std::vector<Target>& targets) {
  if (nodes.size() == 1 && targets.size() == 1 && backend_of(targets.front()).single_file)
    return std::nullopt;
  return Failure{ExitStatus::WrongUsage, "-o - prints one file: one node and -t nft; take -o DIR for more"};
}

// Neighbours in the order of names are often alike, and cost the less the more of them are together: a part
// is one piece. No two parts differ by more than one node.
static std::vector<std::string> nodes_of(const Shard& shard, const std::vector<std::string>& all) {
  const std::size_t size = all.size() / shard.count, larger = all.size() % shard.count;
  const std::size_t before = shard.index - 1;
  const std::size_t begin = before * size + std::min(before, larger);
  const std::size_t count = size + (before < larger ? 1 : 0);
  return {all.begin() + begin, all.begin() + begin + count};
}

// ---- what is written

// All parts may write into one folder.
static std::string manifest_name(const std::optional<Shard>& shard) {
  return shard ? fmt::format("manifest-{}-of-{}.json", shard->index, shard->count) : "manifest.json";
}

static std::vector<OutputFile> output_files(const std::string& folder,
                                            const std::vector<NodeOutcome>& outcomes,
                                            std::span<const backends::Artifact> filter,
                                            const Manifest& manifest) {
  std::vector<OutputFile> files;
  for (const NodeOutcome& outcome : outcomes) {
    const auto add = [&](const backends::Artifact& artifact, bool executable) {
      files.push_back(
          {fmt::format("{}/{}/{}", folder, outcome.node, artifact.path), artifact.bytes, executable});
    };
    for (const TargetFiles& target : outcome.targets) {
      for (const backends::Artifact& artifact : target.files) add(artifact, /*executable=*/false);
    }
    for (const backends::Artifact& artifact : filter) add(artifact, /*executable=*/false);
    for (const backends::Artifact& script : outcome.scripts) add(script, /*executable=*/true);
  }
  // Last: it speaks of files that are there.
  files.push_back({fmt::format("{}/{}", folder, manifest_name(manifest.options.shard)), to_json(manifest)});
  return files;
}

// Folders of nodes that an earlier compile wrote, and that this one of all nodes did not: who takes all that
// is there to the nodes takes old policy along.
static std::vector<std::string> left_over(const std::string& folder,
                                          const std::vector<NodeOutcome>& outcomes) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    const bool is_nodes = std::filesystem::exists(entry.path() / "apply", ignored);
    if (is_nodes && std::ranges::find(outcomes, name, &NodeOutcome::node) == outcomes.end())
      names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

static ExitStatus write(const Plan& plan, const Session& session, const std::vector<NodeOutcome>& outcomes,
                        Console& console) {
  if (plan.options.output == kStandardOutput) {
    console.out << outcomes.front().targets.front().files.front().bytes << std::flush;
    return ExitStatus::Done;  // whether it could be written is seen for all commands at once, in main
  }
  Manifest manifest{.sources = session.sources,
                    .inputs = session.inputs,
                    .options = plan.options,
                    .targets = plan.targets,
                    .shape = plan.shape,
                    .filter = plan.filter};
  for (const NodeOutcome& outcome : outcomes)
    manifest.nodes.push_back({outcome.node, outcome.targets, outcome.scripts});
  if (llvm::Error error = write_files(output_files(plan.options.output, outcomes, plan.filter, manifest))) {
    return fail(console, {ExitStatus::WorldFailed, llvm::toString(std::move(error))});
  }
  if (plan.options.all_nodes && !plan.options.shard && !plan.options.report.quiet) {
    for (const std::string& name : left_over(plan.options.output, outcomes)) {
      console.err << fmt::format("untrack: `{}/{}` is of an earlier compile: the input has no such node\n",
                                 visible(plan.options.output), visible(name));
    }
  }
  return ExitStatus::Done;
}

// ---- the whole

ExitStatus compile(const CompileOptions& options, Console& console) {
  if (const auto failure = refuse_pass_names(options)) return fail(console, *failure);
  auto opened = open_session(options.input, options.jobs, console);
  if (const auto* failure = std::get_if<Failure>(&opened)) return fail(console, *failure);
  Session& session = std::get<Session>(opened);

  const auto chosen =
      choose_nodes(session.policies, options.nodes, options.all_nodes || options.shard.has_value());
  ReportOptions report = options.report;
  if (options.explain_xdp) report.infos.emplace_back(kXdpCodes);
  const auto show = [&] {
    return show_findings(session, report, FailOn::Never, console.err, console.err_is_terminal, console);
  };
  if (const auto* failure = std::get_if<Failure>(&chosen)) {
    // A node may be missing only because its document cannot be read: then that is what to say.
    if (!session.diagnostics.refuses_compile()) return fail(console, *failure);
    show();
    return ExitStatus::Findings;
  }
  const auto& asked = std::get<std::vector<std::string>>(chosen);
  const std::vector<std::string> nodes = options.shard ? nodes_of(*options.shard, asked) : asked;
  const passes::Cluster cluster(session.policies);
  passes::check_policies(cluster, session.diagnostics);
  const passes::lint::Origins origins(session.policies);
  std::vector<Target> targets = chosen_targets(options, session.config);
  auto shape = shape_of(options, session.config, targets);
  if (const auto* failure = std::get_if<Failure>(&shape)) return fail(console, *failure);
  auto filter = filter_for(std::get<backends::Options>(shape));
  if (const auto* failure = std::get_if<Failure>(&filter)) return fail(console, *failure);
  check_mark(std::get<backends::Options>(shape), targets, session.policies, session.diagnostics);
  const bool explain_xdp = (options.explain_xdp || session.config.explain_xdp) && has_programs(targets);
  const Plan plan{options,
                  cluster,
                  origins,
                  std::move(targets),
                  session.config.proof_budget,
                  std::get<backends::Options>(std::move(shape)),
                  std::get<std::vector<backends::Artifact>>(std::move(filter)),
                  explain_xdp};
  if (options.output == kStandardOutput) {
    if (const auto failure = refuse_standard_output(nodes, plan.targets)) return fail(console, *failure);
  }

  std::vector<NodeOutcome> outcomes = compile_nodes(plan, nodes, console);
  std::string faults;
  std::vector<passes::lint::NodeFindings> findings;
  for (NodeOutcome& outcome : outcomes) {
    session.diagnostics.append(std::move(outcome.diagnostics));
    findings.push_back(std::move(outcome.findings));
    console.err << outcome.dump;
    faults += outcome.fault;
  }
  session.diagnostics.append(passes::lint::conclude(origins, std::move(findings)));

  const Shown shown = show();
  if (shown.failure) return fail(console, *shown.failure);
  if (session.diagnostics.refuses_compile() || shown.failed) return ExitStatus::Findings;
  if (!faults.empty()) return fail(console, {ExitStatus::WorldFailed, faults + "nothing was written"});
  return write(plan, session, outcomes, console);
}

}  // namespace untrack::driver
