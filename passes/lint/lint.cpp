#include "passes/lint/lint.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "passes/lint/check_acceleration.h"
#include "passes/lint/check_dead_rules.h"
#include "passes/lint/check_early_drops.h"
#include "passes/lint/check_ebpf_mode.h"
#include "passes/lint/check_egress_symmetry.h"
#include "passes/lint/check_exposure.h"
#include "passes/lint/check_failsafes.h"
#include "passes/lint/check_forwarded.h"
#include "passes/lint/check_icmp_errors.h"
#include "passes/lint/check_infrastructure.h"
#include "passes/lint/check_loadable.h"
#include "passes/lint/check_match_blocks.h"
#include "passes/lint/check_order_ties.h"
#include "passes/lint/check_ordinary_policy.h"
#include "passes/lint/check_sizes.h"
#include "passes/lint/check_translated.h"
#include "passes/lint/covered_policies.h"
#include "passes/lint/part_of_node.h"
#include "passes/lint/size_diagnostics.h"
#include "passes/lint/subject.h"

namespace untrack::passes::lint {

// What one space shows. Incomplete, and without any finding, if its budget ran out.
static NodeFindings analyse(const Origins& origins, const ir::Ruleset& ruleset, ir::PacketSpace& space) {
  const Subject subject(origins, ruleset, space);
  NodeFindings findings;
  check_egress_symmetry(subject, findings.found);
  check_icmp_errors(subject, findings.found);
  check_forwarded(subject, findings.found);
  check_translated(subject, findings.found);
  check_exposure(subject, findings.found);
  check_failsafes(subject, findings.found);
  check_order_ties(subject, findings.found);
  check_ebpf_mode(subject, findings.found);
  check_loadable(subject, findings.found);
  check_match_blocks(subject, findings.found);
  check_acceleration(subject, findings.found);
  check_early_drops(subject, findings.found);
  check_infrastructure(subject, findings.found);
  check_sizes(subject, findings.found);
  check_dead_rules(subject, findings);
  if (space.exhausted()) return NodeFindings{.complete = false};
  return findings;
}

// ---- parts of a node, where the whole is too much

static std::string_view name_of(ir::IpVersion version) {
  return version == ir::IpVersion::V4 ? "IPv4" : "IPv6";
}

static const ir::Rule* rule_at(const ir::InterfaceHook& hook, std::size_t place) {
  for (const ir::Block& block : hook.blocks) {
    if (place < block.rules.size()) return &block.rules[place];
    place -= block.rules.size();
  }
  return nullptr;
}

static void report_not_proved(const Subject& subject, const HookView& view, ir::IpVersion version,
                              Diagnostics& diagnostics) {
  const std::size_t within = view.meaning.rules_within_budget;
  const ir::Rule* last = within == 0 ? nullptr : rule_at(view.hook, within - 1);
  const ir::Rule* beyond = rule_at(view.hook, within);
  const ir::HostEndpoint* endpoint = subject.endpoint(view.hook);
  const bool is_written = beyond && beyond->provenance.front().span.exists();
  const SourceSpan span = is_written ? beyond->provenance.front().span
                          : endpoint ? endpoint->span
                                     : SourceSpan{};
  const std::string place =
      fmt::format("untracked {} policy on `{}` of node `{}`, {}", to_string(view.hook.direction),
                  view.hook.interface_name, subject.ruleset().node, name_of(version));
  Diagnostic& finding = diagnostics.report(
      span, not_proved, place,
      last ? fmt::format("`{}`", to_string(last->provenance.front())) : std::string("its beginning"));
  if (is_written) subject.note_endpoint(view.hook, finding);
  finding.help(raise_budget(subject.space().edge_budget()));
}

static bool meanings_are_known(const Subject& subject) {
  return std::ranges::none_of(subject.hooks(), [](const HookView& view) {
    std::size_t rules = 0;
    for (const ir::Block& block : view.hook.blocks) rules += block.rules.size();
    return view.meaning.rules_within_budget < rules;
  });
}

// One IP version of one interface: the smallest part that is worth a try.
static NodeFindings analyse_version(const Origins& origins, const ir::Ruleset& part, ir::IpVersion version,
                                    std::size_t edge_budget) {
  ir::PacketSpace space(edge_budget);
  NodeFindings findings = analyse(origins, part, space);
  if (findings.complete) return findings;
  // Each direction in a space of its own: neither is to be blamed for the other.
  bool known = true;
  for (std::size_t i = 0; i < part.hooks.size(); ++i) {
    ir::Ruleset alone = part;
    alone.hooks = {part.hooks[i]};
    ir::PacketSpace of_hook(edge_budget);
    const Subject subject(origins, alone, of_hook);
    if (meanings_are_known(subject)) continue;
    report_not_proved(subject, subject.hooks().front(), version, findings.found);
    known = false;
  }
  if (known) {
    const std::string place = fmt::format("untracked policy on `{}` of node `{}`, {}",
                                          part.hooks.front().interface_name, part.node, name_of(version));
    const ir::HostEndpoint* endpoint =
        governing_endpoint(origins, part.node, part.hooks.front().interface_name);
    findings.found.report(endpoint ? endpoint->span : SourceSpan{}, not_analysed, place)
        .help(raise_budget(edge_budget));
  }
  return findings;
}

static NodeFindings analyse_interface(const Origins& origins, const ir::Ruleset& part,
                                      std::size_t edge_budget) {
  ir::PacketSpace space(edge_budget);
  NodeFindings findings = analyse(origins, part, space);
  if (findings.complete) return findings;
  NodeFindings all;
  for (const ir::IpVersion version : ir::kIpVersions)
    all.add(analyse_version(origins, only_version(part, version), version, edge_budget));
  return all;
}

NodeFindings lint(const Origins& origins, const ir::Ruleset& ruleset, ir::PacketSpace& space) {
  NodeFindings findings = analyse(origins, ruleset, space);
  if (!findings.complete) {
    findings = {};
    for (const std::string& name : interface_names(ruleset))
      findings.add(analyse_interface(origins, only_interface(ruleset, name), space.edge_budget()));
  }
  check_ordinary_policy(origins, ruleset, space.edge_budget(), findings);
  return findings;
}

void NodeFindings::add(NodeFindings more) {
  found.append(std::move(more.found));
  unreached.merge(more.unreached);
  reached.merge(more.reached);
  complete &= more.complete;
}

Diagnostics conclude(const Origins& origins, std::vector<NodeFindings> nodes) {
  std::set<WrittenRule> reached;
  bool complete = true;  // a node that was not analysed may reach any rule
  for (const NodeFindings& node : nodes) {
    reached.insert(node.reached.begin(), node.reached.end());
    complete &= node.complete;
  }
  Diagnostics all;
  std::map<WrittenRule, Diagnostics> unreached;
  for (NodeFindings& node : nodes) {
    all.append(std::move(node.found));
    for (auto& [rule, finding] : node.unreached) {
      if (complete && !reached.contains(rule)) unreached[rule].append(std::move(finding));
    }
  }
  fold_covered_policies(origins, unreached, all);
  for (auto& [rule, findings] : unreached) all.append(std::move(findings));
  all.fold_places();
  return all;
}

}  // namespace untrack::passes::lint
