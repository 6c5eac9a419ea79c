#include "passes/lint/check_dead_rules.h"

#include <map>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "ir/meaning.h"
#include "passes/lint/redundancy_diagnostics.h"

namespace untrack::passes::lint {

using ir::Leaf;
using ir::PacketSet;
using ir::PacketSpace;
using ir::RuleRef;

namespace {

struct Death {
  HookView view;
  RuleRef ref;
  const ir::Rule& rule() const { return view.rule(ref); }
};

}  // namespace

static WrittenRule written(const ir::Rule& rule) {
  const ir::Provenance& origin = rule.provenance.front();
  return {origin.policy, origin.direction, origin.index};
}

// The policy rules that decide the packets of a rule which none of them reaches, in order.
static std::vector<const ir::Rule*> takers(const Subject& subject, const Death& death) {
  PacketSpace& space = subject.space();
  const auto& traces = death.view.meaning.traces;
  const PacketSet wanted = subject.packets(death.rule(), death.view.hook.direction);
  const ir::PacketMap met = space.combine(death.view.meaning.map, space.choose(wanted, 1, 0),
                                          [](Leaf trace, Leaf inside) { return inside ? trace + 1 : 0; });
  std::set<RuleRef> refs;
  for (const Leaf leaf : space.leaves(met)) {
    if (leaf != 0 && !traces[leaf - 1].rules.empty()) refs.insert(traces[leaf - 1].rules.back());
  }
  std::vector<const ir::Rule*> rules;
  for (const RuleRef ref : refs) {
    const ir::Rule& rule = death.view.rule(ref);
    if (subject.origins().rule(rule.provenance.front())) rules.push_back(&rule);
  }
  return rules;
}

static void report(const Subject& subject, const Death& death, Diagnostics& diagnostics) {
  static constexpr std::size_t kMostNotes = 5;
  const SourceSpan span = death.rule().provenance.front().span;
  const std::vector<const ir::Rule*> rules = takers(subject, death);
  if (rules.empty()) {
    subject.note_endpoint(death.view.hook, diagnostics.report(span, rule_under_failsafe));
    return;
  }
  const std::string who =
      rules.size() == 1 ? fmt::format("`{}` takes everything", to_string(rules.front()->provenance.front()))
                        : fmt::format("{} earlier rules together take everything", rules.size());
  Diagnostic& finding = diagnostics.report(span, shadowed_rule, who);
  for (std::size_t i = 0; i < rules.size() && i < kMostNotes; ++i) {
    finding.note(rules[i]->provenance.front().span, "this rule comes first");
  }
  finding.help("remove the rule, or move it before the ones that cover it");
}

void check_dead_rules(const Subject& subject, NodeFindings& findings) {
  std::map<WrittenRule, Death> dead;  // in one hook at least
  for (const HookView& view : subject.hooks()) {
    std::set<RuleRef> met;
    for (const ir::Trace& trace : view.meaning.traces) met.insert(trace.rules.begin(), trace.rules.end());
    for (std::uint32_t block = 0; block < view.hook.blocks.size(); ++block) {
      for (std::uint32_t index = 0; index < view.hook.blocks[block].rules.size(); ++index) {
        const RuleRef ref{block, index};
        const ir::Rule& rule = view.rule(ref);
        if (!subject.origins().rule(rule.provenance.front())) continue;
        if (met.contains(ref)) {
          findings.reached.insert(written(rule));
        } else if (!subject.space().empty(subject.packets(rule, view.hook.direction))) {
          dead.try_emplace(written(rule), Death{view, ref});
        }
      }
    }
  }
  for (const auto& [rule, death] : dead) {
    if (!findings.reached.contains(rule)) report(subject, death, findings.unreached[rule]);
  }
}

}  // namespace untrack::passes::lint
