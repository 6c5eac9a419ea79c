#include "passes/lint/check_dead_rules.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ir/meaning.h"
#include "passes/lint/redundancy_diagnostics.h"

namespace untrack::passes::lint {

using ir::Leaf;
using ir::PacketSet;
using ir::RuleRef;

namespace {

struct Death {
  HookView view;
  RuleRef ref;
  const ir::Rule& rule() const { return view.rule(ref); }
};

}  // namespace

// The rule because of which a packet does not come to the dead one: the last before it that is no Log. It
// decides, or it is a Pass that leads past the dead rule; whoever decides in a later tier has no part in it.
static const RuleRef* taker(const Death& death, const ir::Trace& trace) {
  const RuleRef* last = nullptr;
  for (const RuleRef& ref : trace.rules) {
    if (ref < death.ref && !std::holds_alternative<ir::LogPacket>(death.view.rule(ref).action)) last = &ref;
  }
  return last;
}

// The policy rules that take the packets of a rule which none of them reaches, in order.
static std::vector<const ir::Rule*> takers(const Subject& subject, const Death& death) {
  const PacketSet wanted = subject.packets(death.rule(), death.view.hook.direction);
  std::set<RuleRef> refs;
  for (const Leaf leaf : subject.space().leaves(death.view.meaning.map, wanted)) {
    if (const RuleRef* ref = taker(death, death.view.meaning.traces[leaf])) refs.insert(*ref);
  }
  std::vector<const ir::Rule*> rules;
  for (const RuleRef ref : refs) {
    const ir::Rule& rule = death.view.rule(ref);
    if (subject.origins().rule(rule.provenance.front())) rules.push_back(&rule);
  }
  return rules;
}

static Fix removal(SourceSpan rule, Safety safety) {
  return {safety, FixEffect::Kept, "remove the rule", {RemoveItem{rule}}};
}

// `deaths`: of one rule, in all of the node's hooks. The first tells why.
static void report(const Subject& subject, std::span<const Death> deaths, Diagnostics& diagnostics) {
  static constexpr std::size_t kMostNotes = 5;
  const Death& death = deaths.front();
  const SourceSpan span = death.rule().provenance.front().span;
  const std::vector<const ir::Rule*> rules = takers(subject, death);
  if (rules.empty()) {
    // Failsafe ports are settings and may change.
    Diagnostic& finding = diagnostics.report(span, rule_under_failsafe).fix(removal(span, Safety::Unsafe));
    for (const Death& other : deaths) {
      if (takers(subject, other).empty()) subject.note_endpoint(other.view.hook, finding);
    }
    return;
  }
  if (rules.size() == 1 && rules.front()->match == death.rule().match &&
      rules.front()->action == death.rule().action) {
    const ir::Provenance& first = rules.front()->provenance.front();
    diagnostics.report(span, duplicate_rule, to_string(first))
        .note(first.span, "this rule comes first")
        .help("remove one of the two")
        .fix(removal(span, Safety::Safe));
    return;
  }
  const std::string who =
      rules.size() == 1 ? fmt::format("`{}` takes everything", to_string(rules.front()->provenance.front()))
                        : fmt::format("{} earlier rules together take everything", rules.size());
  Diagnostic& finding = diagnostics.report(span, shadowed_rule, who);
  for (std::size_t i = 0; i < rules.size() && i < kMostNotes; ++i) {
    finding.note(rules[i]->provenance.front().span, "this rule comes first");
  }
  finding.help("remove the rule, or move it before the ones that cover it").fix(removal(span, Safety::Safe));
}

// ---- rules that match nothing at all

// Whether a part of the match finds nothing in the input: reported where it was resolved (UT301 and its
// neighbours).
static bool finds_nothing(const Subject& subject, const ir::SideMatch& side) {
  const ir::Ruleset& ruleset = subject.ruleset();
  const bool no_address =
      std::ranges::any_of(side.in, [&](ir::AddressSetId id) { return ruleset.address_sets[id].empty(); });
  return no_address || (side.ports && !side.ports->sockets.empty()) ||
         (side.ports && side.ports->numbers.empty());
}

namespace {

struct Part {
  std::string_view name;
  void (*leave_out)(ir::Match&);
};
constexpr Part kParts[] = {
    {"protocol", [](ir::Match& match) { match.protocol.reset(); }},
    {"notProtocol", [](ir::Match& match) { match.not_protocol.reset(); }},
    {"icmp", [](ir::Match& match) { match.icmp.reset(); }},
    {"notICMP", [](ir::Match& match) { match.not_icmp.reset(); }},
    {"the source addresses", [](ir::Match& match) { match.source.in.clear(); }},
    {"the excluded source addresses", [](ir::Match& match) { match.source.not_in.clear(); }},
    {"the source ports", [](ir::Match& match) { match.source.ports.reset(); }},
    {"the excluded source ports", [](ir::Match& match) { match.source.not_ports = {}; }},
    {"the destination addresses", [](ir::Match& match) { match.destination.in.clear(); }},
    {"the excluded destination addresses", [](ir::Match& match) { match.destination.not_in.clear(); }},
    {"the destination ports", [](ir::Match& match) { match.destination.ports.reset(); }},
    {"the excluded destination ports", [](ir::Match& match) { match.destination.not_ports = {}; }},
};

}  // namespace

// Those without any of which the rule would match something.
static std::string parts_at_odds(const Subject& subject, const ir::Match& match, ir::Direction direction) {
  std::vector<std::string_view> names;
  for (const Part& part : kParts) {
    ir::Match without = match;
    part.leave_out(without);
    if (without == match) continue;
    const PacketSet left = packets(subject.space(), subject.ruleset(), without, direction);
    if (!subject.space().empty(left)) names.push_back(part.name);
  }
  return names.empty() ? "its parts" : fmt::format("{}", fmt::join(names, " and "));
}

static void check_contradiction(const Subject& subject, const HookView& view, const ir::Rule& rule,
                                NodeFindings& findings) {
  if (finds_nothing(subject, rule.match.source) || finds_nothing(subject, rule.match.destination)) return;
  const auto [entry, added] = findings.unreached.try_emplace(written_rule(rule));
  if (!added) return;
  entry->second
      .report(rule.provenance.front().span, contradictory_rule,
              parts_at_odds(subject, rule.match, view.hook.direction))
      .help("correct one of the two, or remove the rule");
}

void check_dead_rules(const Subject& subject, NodeFindings& findings) {
  std::map<WrittenRule, std::vector<Death>> dead;  // in one hook at least
  for (const HookView& view : subject.hooks()) {
    std::set<RuleRef> met;
    for (const ir::Trace& trace : view.meaning.traces) met.insert(trace.rules.begin(), trace.rules.end());
    for (std::uint32_t block = 0; block < view.hook.blocks.size(); ++block) {
      for (std::uint32_t index = 0; index < view.hook.blocks[block].rules.size(); ++index) {
        const RuleRef ref{block, index};
        const ir::Rule& rule = view.rule(ref);
        if (!subject.origins().rule(rule.provenance.front())) continue;
        if (met.contains(ref)) {
          findings.reached.insert(written_rule(rule));
        } else if (!subject.space().empty(subject.packets(rule, view.hook.direction))) {
          dead[written_rule(rule)].push_back({view, ref});
        } else {
          check_contradiction(subject, view, rule, findings);
        }
      }
    }
  }
  for (const auto& [rule, deaths] : dead) {
    if (findings.reached.contains(rule)) continue;
    findings.unreached[rule] = {};
    report(subject, deaths, findings.unreached[rule]);
  }
}

}  // namespace untrack::passes::lint
