#include "passes/lint/check_ordinary_policy.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "ir/meaning.h"
#include "passes/lint/check_dropped_replies.h"
#include "passes/lint/client_packets.h"
#include "passes/lint/exposure_diagnostics.h"
#include "passes/lint/ordinary_policy.h"
#include "passes/lint/part_of_node.h"
#include "passes/lint/size_diagnostics.h"
#include "passes/lint/stateless_diagnostics.h"

namespace untrack::passes::lint {

using ir::PacketSet;
using ir::PacketSpace;
using ir::Verdict;

namespace {

// The untracked and the ordinary rules of one hook, in one space.
struct Meeting {
  const Subject& untracked;
  const Subject& ordinary;
  HookView first, then;

  PacketSpace& space() const { return untracked.space(); }
};

}  // namespace

// Endpoints that meet no untracked policy: workloads, and the one for all interfaces.
static bool selects_others(const ir::PolicySet& policies, const ir::Policy& policy) {
  const ir::Selector& selector = policies.selectors[policy.selector.selector];
  const auto selected = [&](const auto& endpoint) {
    return selector.matches(policies.labels_of(endpoint.labels));
  };
  return std::ranges::any_of(policies.workload_endpoints, selected) ||
         std::ranges::any_of(policies.host_endpoints, [&](const ir::HostEndpoint& endpoint) {
           return endpoint.all_interfaces() && selected(endpoint);
         });
}

// Forwarded packets meet no untracked egress policy, but ordinary policy if it says applyOnForward.
static bool has_other_packets(const Meeting& meeting, const ir::Policy& policy) {
  const bool forwarded = policy.apply_on_forward && meeting.then.hook.direction == ir::Direction::Egress;
  return forwarded || selects_others(meeting.untracked.origins().policies(), policy);
}

static void check_unused(const Meeting& meeting, const ir::Rule& rule, NodeFindings& findings) {
  PacketSpace& space = meeting.space();
  const ir::Provenance& origin = rule.provenance.front();
  const ir::Policy* policy = meeting.untracked.origins().policy(origin);
  const PacketSet matched = meeting.ordinary.packets(rule, meeting.then.hook.direction);
  if (!policy || space.empty(matched)) return;
  const WrittenRule written = written_rule(rule);
  // Failsafe ports are accepted before ordinary policy, too.
  const PacketSet left = space.intersect(matched, meeting.first.undecided);
  const bool used = !space.empty(left) || has_other_packets(meeting, *policy);
  if (used) {
    findings.reached.insert(written);
    return;
  }
  const PacketSet tracked = meeting.first.packets(Verdict::Track);
  const auto witness = meeting.untracked.witness(space.subtract(matched, tracked), meeting.first.hook);
  if (!witness) return;
  Diagnostic& finding = findings.unreached[written].report(origin.span, ordinary_rule_unused);
  const ir::Leaf leaf = space.at(meeting.first.meaning.map, *witness, meeting.first.hook.direction);
  const ir::Trace& trace = meeting.first.meaning.traces[leaf];
  finding.witness(fmt::format("{} is {} before", to_string(*witness),
                              trace.verdict == Verdict::Drop ? "dropped" : "untracked"));
  finding.note(meeting.first.rule(trace.rules.back()).provenance.front().span,
               "untracked policy comes first");
  meeting.untracked.note_endpoint(meeting.first.hook, finding);
  finding.help("leave the rule out, or leave the traffic to it and out of untracked policy");
}

// An Allow within a wider Deny is the exception to it, and means what it says. Any other Allow of what is
// denied elsewhere is probably not meant to be one.
static void check_denied(const Meeting& meeting, ir::RuleRef deny, PacketSet denied,
                         Diagnostics& diagnostics) {
  PacketSpace& space = meeting.space();
  const ir::Direction direction = meeting.first.hook.direction;
  const ir::Rule& deny_rule = meeting.then.rule(deny);
  const PacketSet deny_matches = meeting.ordinary.packets(deny_rule, direction);
  const PacketSet overruled = space.intersect(denied, meeting.first.packets(Verdict::Untrack));
  meeting.untracked.for_each_decider(meeting.first, overruled, [&](ir::RuleRef ref, const ir::Packet& shown) {
    const ir::Rule& allow = meeting.first.rule(ref);
    const PacketSet allowed = meeting.untracked.packets(allow, direction);
    const bool within = space.empty(space.subtract(allowed, deny_matches));
    if (within && allowed != deny_matches) return;
    const ir::Provenance& origin = deny_rule.provenance.front();
    Diagnostic& finding =
        diagnostics.report(allow.provenance.front().span, denied_by_ordinary_policy, to_string(origin));
    finding.witness(fmt::format("{} is untracked and accepted", to_string(shown)));
    finding.note(origin.span, "this rule would deny it, and is not asked");
    meeting.untracked.note_endpoint(meeting.first.hook, finding);
    finding.help("deny it in untracked policy, before this rule");
  });
}

static void compare(const Meeting& meeting, NodeFindings& findings) {
  PacketSpace& space = meeting.space();
  for (const ir::Block& block : meeting.then.hook.blocks) {
    for (const ir::Rule& rule : block.rules) check_unused(meeting, rule, findings);
  }
  const PacketSet requests = client_packets(space, meeting.then.hook.direction);
  for (const auto& [ref, packets] : meeting.ordinary.decided(meeting.then)) {
    if (std::holds_alternative<ir::Drop>(meeting.then.rule(ref).action))
      check_denied(meeting, ref, space.intersect(requests, packets), findings.found);
  }
}

// Ordinary rules are used wherever there is no untracked policy beside them.
static void mark_used(const ir::Ruleset& untracked, const ir::Ruleset& ordinary, NodeFindings& findings) {
  for (const ir::InterfaceHook& hook : ordinary.hooks) {
    const bool contested = std::ranges::any_of(untracked.hooks, [&](const ir::InterfaceHook& other) {
      return other.interface_name == hook.interface_name;
    });
    if (contested) continue;
    for (const ir::Block& block : hook.blocks) {
      for (const ir::Rule& rule : block.rules) findings.reached.insert(written_rule(rule));
    }
  }
}

static bool same_hook(const ir::InterfaceHook& a, const ir::InterfaceHook& b) {
  return a.interface_name == b.interface_name && a.direction == b.direction;
}

// Nothing if the budget ran out: what was found then is not proved.
static std::optional<NodeFindings> compare(const Origins& origins, const ir::Ruleset& untracked_rules,
                                           const ir::Ruleset& ordinary_rules, std::size_t edge_budget) {
  PacketSpace space(edge_budget);
  const Subject untracked(origins, untracked_rules, space);
  const Subject ordinary(origins, ordinary_rules, space);
  NodeFindings findings;
  for (const HookView& first : untracked.hooks()) {
    for (const HookView& then : ordinary.hooks()) {
      if (same_hook(first.hook, then.hook)) compare({untracked, ordinary, first, then}, findings);
    }
  }
  check_dropped_replies(untracked, ordinary, findings.found);
  if (space.exhausted()) return std::nullopt;
  return findings;
}

static void report_not_analysed(const Origins& origins, const ir::Ruleset& part, std::size_t edge_budget,
                                NodeFindings& findings) {
  const ir::HostEndpoint* endpoint =
      governing_endpoint(origins, part.node, part.hooks.front().interface_name);
  findings.complete = false;
  findings.found
      .report(endpoint ? endpoint->span : SourceSpan{}, not_analysed,
              fmt::format("ordinary policy beside untracked policy on `{}` of node `{}`",
                          part.hooks.front().interface_name, part.node))
      .help(raise_budget(edge_budget));
}

void check_ordinary_policy(const Origins& origins, const ir::Ruleset& untracked, std::size_t edge_budget,
                           NodeFindings& findings) {
  const ir::Ruleset ordinary = origins.ordinary_policy().lower(untracked.node);
  mark_used(untracked, ordinary, findings);
  if (untracked.hooks.empty() || ordinary.hooks.empty()) return;
  if (auto all = compare(origins, untracked, ordinary, edge_budget)) {
    findings.add(std::move(*all));
    return;
  }
  for (const std::string& name : interface_names(untracked)) {
    const ir::Ruleset part = only_interface(untracked, name);
    if (auto found = compare(origins, part, only_interface(ordinary, name), edge_budget)) {
      findings.add(std::move(*found));
    } else {
      report_not_analysed(origins, part, edge_budget, findings);
    }
  }
}

}  // namespace untrack::passes::lint
