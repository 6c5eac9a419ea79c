// The compiler as a list of steps, each a function from value to value:
//
//   open_session     PATHs -> PolicySet                what was said, about the cluster
//   lower_policies   PolicySet, node -> Ruleset        what a packet meets, on one node
//   lint             Ruleset -> findings               what is wrong with that
//   run_pipeline     Ruleset -> Ruleset                smaller, with the same meaning
//   emit             Ruleset -> files                  for each target
//   read, prove      files -> equal to the policy      by a reader that knows no backend
//   bundle           files -> scripts                  what loads them, on the node
//   write_files      files -> disk                     all or nothing
#include <algorithm>
#include <iterator>
#include <map>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "backends/iptables/filter.h"
#include "backends/nft/filter.h"
#include "driver/bundle/bundle.h"
#include "driver/bundle/manifest.h"
#include "driver/check_mark.h"
#include "driver/commands/commands.h"
#include "driver/files.h"
#include "driver/nearest.h"
#include "driver/parallel.h"
#include "driver/progress.h"
#include "driver/session.h"
#include "driver/targets.h"
#include "ir/print.h"
#include "passes/check_policies.h"
#include "passes/lint/lint.h"
#include "passes/lint/size_diagnostics.h"
#include "passes/lower_policies.h"
#include "passes/pipeline.h"
#include "support/digest.h"
#include "support/overloaded.h"
#include "verify/filter.h"
#include "verify/prove.h"

namespace untrack::driver {

static constexpr std::string_view kLower = "lower";  // the stage before all passes, for --dump-ir
static constexpr std::string_view kStandardOutput = "-";

namespace {

// What is compiled, the same for all nodes.
struct Plan {
  const CompileOptions& options;
  const passes::Cluster& cluster;
  const passes::lint::Origins& origins;
  std::vector<Target> targets;
  std::size_t proof_budget;
  backends::Options shape;
  std::vector<backends::Artifact> filter;  // of every node; none unless the mark is to be accepted
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

// Nodes whose Rulesets differ in nothing but the node's name. They share the passes and the proof.
struct Alike {
  ir::Ruleset policy;  // with the name of one of them
  std::vector<std::size_t> nodes;
};

}  // namespace

// ---- nodes that are alike

static passes::PipelineOptions pipeline_options(const CompileOptions& options, std::string& dump) {
  passes::PipelineOptions pipeline;
  if (options.passes) pipeline.only = *options.passes;
  pipeline.check |= options.check_passes;
  pipeline.after = [&options, &dump](std::string_view pass, const ir::Ruleset& ruleset) {
    if (options.dump_after == pass) dump = ir::print(ruleset);
  };
  return pipeline;
}

// Whether two texts, not objects, are equal in all but comments: in each language a line of its own that
// begins with `#`.
static bool same_but_comments(std::string_view a, std::string_view b) {
  const auto next_line = [](std::string_view& text) {
    std::string_view line = "#";
    while (line.starts_with('#') && !text.empty()) {
      line = text.substr(0, text.find('\n'));
      text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
    return line;
  };
  while (!a.empty() || !b.empty()) {
    if (next_line(a) != next_line(b)) return false;
  }
  return true;
}

static bool same_but_comments(std::span<const backends::Artifact> a, std::span<const backends::Artifact> b) {
  return std::ranges::equal(a, b, [](const backends::Artifact& x, const backends::Artifact& y) {
    if (x.path != y.path) return false;
    return x.path.ends_with(".o") ? x.bytes == y.bytes : same_but_comments(x.bytes, y.bytes);
  });
}

// Empty, or why the artifact is not what it should be: a fault of ours. A proof that ran out of its budget is
// the user's to judge.
static std::string prove(Target target, ir::PacketSpace& space, const ir::Ruleset& policy,
                         std::optional<backends::MarkBit> mark, std::span<const backends::Artifact> artifacts,
                         Diagnostics& diagnostics) {
  const verify::ReadResult read = backend_of(target).read(artifacts);
  if (const auto* refusal = std::get_if<verify::Refusal>(&read)) {
    return fmt::format("its own output cannot be read back: {}:{}: {}", refusal->file, refusal->line,
                       refusal->message);
  }
  if (std::get<verify::Reading>(read).mark != mark)
    return "the output does not write the packet mark as asked";
  return std::visit(
      overloaded{
          [](const verify::Equal&) { return std::string(); },
          [](const verify::Difference& difference) {
            return "the output differs from the policy: " + difference.to_string();
          },
          [&](const verify::Unproved& unproved) {
            diagnostics
                .report({}, passes::lint::not_proved,
                        fmt::format("the {} rules of node `{}`", to_string(target), policy.node),
                        fmt::format("{} on `{}`", to_string(unproved.direction), unproved.interface_name))
                .help(passes::lint::raise_budget(space.edge_budget()));
            return std::string();
          },
      },
      verify::prove_equal(space, policy, std::get<verify::Reading>(read)));
}

// All that the artifacts of a node depend on but its name. Spans are in it for the sake of diagnostics.
static std::string content_digest(ir::Ruleset& policy) {
  const std::string node = std::exchange(policy.node, "");
  std::string text = ir::print(policy);
  policy.node = node;
  for (const ir::InterfaceHook& hook : policy.hooks) {
    for (const ir::Block& block : hook.blocks) {
      for (const ir::Rule& rule : block.rules) {
        for (const ir::Provenance& origin : rule.provenance)
          text += fmt::format("{}:{} ", origin.span.buffer.index, origin.span.begin);
      }
    }
  }
  return std::string(as_bytes(sha256(text)));
}

// Lowers every node; keeps one Ruleset of each content, in the order of the first node that has it.
static std::vector<Alike> lower_nodes(const Plan& plan, std::vector<NodeOutcome>& outcomes) {
  std::mutex mutex;
  std::map<std::string, ir::Ruleset> policies;
  std::vector<std::string> digests(outcomes.size());
  for_each_index(plan.options.jobs, outcomes.size(), [&](std::size_t index) {
    NodeOutcome& outcome = outcomes[index];
    ir::Ruleset policy =
        passes::lower_policies(plan.cluster, outcome.node, plan.options.lower, outcome.diagnostics);
    if (plan.options.dump_after == kLower) outcome.dump = ir::print(policy);
    digests[index] = content_digest(policy);
    if (plan.options.dump_after) digests[index] += outcome.node;  // each node's rules are to be shown
    const std::scoped_lock lock(mutex);
    policies.try_emplace(digests[index], std::move(policy));
  });
  std::vector<Alike> groups;
  std::map<std::string_view, std::size_t> places;
  for (std::size_t index = 0; index < outcomes.size(); ++index) {
    const auto [place, is_new] = places.try_emplace(digests[index], groups.size());
    if (is_new) groups.push_back({std::move(policies.at(digests[index])), {}});
    groups[place->second].nodes.push_back(index);
  }
  return groups;
}

static void emit_and_prove(const Plan& plan, ir::PacketSpace& space, const ir::Ruleset& policy,
                           const ir::Ruleset& ruleset, const NodeOutcome* proved, NodeOutcome& outcome) {
  for (const Target target : plan.targets) {
    const Backend& backend = backend_of(target);
    std::vector<backends::Artifact> artifacts = backend.emit(ruleset, plan.shape, outcome.diagnostics);
    if (outcome.diagnostics.refuses_compile()) continue;
    const std::size_t place = outcome.targets.size();
    const bool is_proved = proved && proved->fault.empty() && place < proved->targets.size() &&
                           same_but_comments(proved->targets[place].files, artifacts);
    const std::string fault =
        is_proved ? "" : prove(target, space, policy, plan.shape.accept_mark, artifacts, outcome.diagnostics);
    if (!fault.empty()) outcome.fault += fmt::format("{}, {}: {}\n", outcome.node, to_string(target), fault);
    outcome.targets.push_back({target, std::move(artifacts)});
  }
}

static void compile_alike(const Plan& plan, Alike group, std::vector<NodeOutcome>& outcomes,
                          Progress& progress) {
  ir::PacketSpace space(plan.proof_budget);
  // What is shared may be used up.
  const auto renew = [&] {
    if (space.exhausted()) space = ir::PacketSpace(plan.proof_budget);
  };
  ir::Ruleset& policy = group.policy;
  std::optional<ir::Ruleset> ruleset;
  const NodeOutcome* first = nullptr;
  for (const std::size_t index : group.nodes) {
    NodeOutcome& outcome = outcomes[index];
    policy.node = outcome.node;
    outcome.findings = passes::lint::lint(plan.origins, policy, space);
    renew();
    if (outcome.findings.found.refuses_compile()) {
      progress.one_done();
      continue;
    }
    if (!ruleset) {
      ruleset = policy;
      passes::PassContext context{space};
      passes::run_pipeline(*ruleset, context, pipeline_options(plan.options, outcome.dump));
      renew();
    }
    ruleset->node = outcome.node;
    emit_and_prove(plan, space, policy, *ruleset, first, outcome);
    outcome.scripts = bundle(policy, outcome.targets, plan.filter);
    if (!first) first = &outcome;
    progress.one_done();
  }
}

static std::vector<NodeOutcome> compile_nodes(const Plan& plan, const std::vector<std::string>& nodes,
                                              Console& console) {
  std::vector<NodeOutcome> outcomes(nodes.size());
  for (std::size_t index = 0; index < nodes.size(); ++index) outcomes[index].node = nodes[index];
  Progress progress(console.err, console.err_is_terminal && !plan.options.report.quiet, nodes.size());
  std::vector<Alike> groups = lower_nodes(plan, outcomes);
  for_each_index(plan.options.jobs, groups.size(), [&](std::size_t index) {
    compile_alike(plan, std::move(groups[index]), outcomes, progress);
  });
  return outcomes;
}

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
  if (options.accept_in_filter && !shape.accept_mark) shape.accept_mark = config.mark.value_or(kDefaultMark);
  const bool programs = std::ranges::find(targets, Target::Bpf) != targets.end();
  if (options.mark && !shape.accept_mark && !programs)
    return Failure{ExitStatus::WrongUsage, "--mark says nothing without --accept-in-filter or -t bpf"};
  if (options.mark && shape.accept_mark) shape.accept_mark = options.mark;
  shape.program_mark = options.mark.value_or(config.mark.value_or(kDefaultMark));
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

// ---- what is written

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
  files.push_back({folder + "/manifest.json", to_json(manifest)});  // last: it speaks of files that are there
  return files;
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
  return ExitStatus::Done;
}

// ---- the whole

ExitStatus compile(const CompileOptions& options, Console& console) {
  if (const auto failure = refuse_pass_names(options)) return fail(console, *failure);
  auto opened = open_session(options.input, options.jobs, console);
  if (const auto* failure = std::get_if<Failure>(&opened)) return fail(console, *failure);
  Session& session = std::get<Session>(opened);

  const auto chosen = choose_nodes(session.policies, options.nodes, options.all_nodes);
  const auto show = [&] {
    return show_findings(session, options.report, FailOn::Never, console.err, console.err_is_terminal,
                         console);
  };
  if (const auto* failure = std::get_if<Failure>(&chosen)) {
    // A node may be missing only because its document cannot be read: then that is what to say.
    if (!session.diagnostics.refuses_compile()) return fail(console, *failure);
    show();
    return ExitStatus::Findings;
  }
  const auto& nodes = std::get<std::vector<std::string>>(chosen);
  const passes::Cluster cluster(session.policies);
  passes::check_policies(cluster, session.diagnostics);
  const passes::lint::Origins origins(session.policies);
  std::vector<Target> targets = chosen_targets(options, session.config);
  auto shape = shape_of(options, session.config, targets);
  if (const auto* failure = std::get_if<Failure>(&shape)) return fail(console, *failure);
  auto filter = filter_for(std::get<backends::Options>(shape));
  if (const auto* failure = std::get_if<Failure>(&filter)) return fail(console, *failure);
  check_mark(std::get<backends::Options>(shape), session.policies, session.diagnostics);
  const Plan plan{options,
                  cluster,
                  origins,
                  std::move(targets),
                  session.config.proof_budget,
                  std::get<backends::Options>(std::move(shape)),
                  std::get<std::vector<backends::Artifact>>(std::move(filter))};
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
