#include "driver/commands/compile_nodes.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "backends/bpf/explain_xdp.h"
#include "driver/bundle/bundle.h"
#include "driver/parallel.h"
#include "driver/progress.h"
#include "driver/targets.h"
#include "ir/print.h"
#include "passes/lint/size_diagnostics.h"
#include "passes/lower_policies.h"
#include "passes/pipeline.h"
#include "support/digest.h"
#include "support/overloaded.h"
#include "verify/prove.h"

namespace untrack::driver {

namespace {

// Nodes whose Rulesets differ in nothing but the node's name. They share the passes and the proof.
struct Alike {
  ir::Ruleset policy;  // with the name of one of them
  std::vector<std::size_t> nodes;
};

}  // namespace

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
                         std::optional<backends::MarkBit> mark, const verify::ReadResult& read,
                         Diagnostics& diagnostics) {
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

// In each way that a node can load them.
static std::string prove(Target target, ir::PacketSpace& space, const ir::Ruleset& policy,
                         std::optional<backends::MarkBit> mark, std::span<const backends::Artifact> artifacts,
                         Diagnostics& diagnostics) {
  for (const verify::ReadResult& read : backend_of(target).read(artifacts)) {
    std::string fault = prove(target, space, policy, mark, read, diagnostics);
    if (!fault.empty()) return fault;
  }
  return "";
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
    if (plan.explain_xdp) backends::bpf::explain_xdp(policy, outcome.diagnostics);
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

std::vector<NodeOutcome> compile_nodes(const Plan& plan, const std::vector<std::string>& nodes,
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

}  // namespace untrack::driver
