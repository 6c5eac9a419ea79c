#include "passes/lint/covered_policies.h"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "passes/lint/mirror_rule.h"
#include "passes/lint/redundancy_diagnostics.h"

namespace untrack::passes::lint {

namespace {

// The findings about one policy's rules that earlier rules cover, by rule.
using Covered = std::map<WrittenRule, const Diagnostics*>;

}  // namespace

static bool is_covered(const Diagnostics& findings) {
  const auto all = findings.in_order();
  return !all.empty() && std::ranges::all_of(all, [](const Diagnostic* finding) {
    return finding->info == &shadowed_rule.info || finding->info == &duplicate_rule.info;
  });
}

static std::size_t rule_count(const ir::Policy& policy) {
  std::size_t count = 0;
  for (const ir::Direction direction : ir::kDirections) {
    if (policy.governs(direction)) count += policy.rules(direction).size();
  }
  return count;
}

// Where the rules of other policies stand that come first.
static std::vector<SourceSpan> covering_rules(const ir::Policy& policy, const Covered& covered) {
  std::vector<SourceSpan> spans;
  for (const auto& [rule, findings] : covered) {
    for (const Diagnostic* finding : findings->in_order()) {
      for (const Note& note : finding->notes) {
        const auto is_own = [&](const ir::PolicyRule& own) { return own.span == note.span; };
        if (std::ranges::any_of(policy.ingress, is_own) || std::ranges::any_of(policy.egress, is_own))
          continue;
        if (std::ranges::find(spans, note.span) == spans.end()) spans.push_back(note.span);
      }
    }
  }
  return spans;
}

static std::string text_of(const ir::PolicySet& policies, const ir::PolicyRule& rule) {
  std::string text = to_yaml(policies, rule);
  for (const ir::EntityRule* side : {&rule.source, &rule.destination}) {
    if (side->service) text += fmt::format("\n{}/{}", side->service->namespace_name, side->service->name);
  }
  return text;
}

static bool same_rules(const ir::PolicySet& policies, const ir::Policy& a, const ir::Policy& b) {
  return std::ranges::all_of(ir::kDirections, [&](ir::Direction direction) {
    return a.governs(direction) == b.governs(direction) &&
           (!a.governs(direction) ||
            std::ranges::equal(
                a.rules(direction), b.rules(direction), {},
                [&](const ir::PolicyRule& rule) { return text_of(policies, rule); },
                [&](const ir::PolicyRule& rule) { return text_of(policies, rule); }));
  });
}

// The policy that has the first of the covering rules, if it is the same as the covered one.
static const ir::Policy* original(const ir::PolicySet& policies, const ir::Policy& copy, SourceSpan rule) {
  const auto has_it = [&](const ir::Policy& policy) {
    const auto is_it = [&](const ir::PolicyRule& own) { return own.span == rule; };
    return std::ranges::any_of(policy.ingress, is_it) || std::ranges::any_of(policy.egress, is_it);
  };
  const auto found = std::ranges::find_if(policies.policies, has_it);
  const bool same = found != policies.policies.end() && found->selector.selector == copy.selector.selector &&
                    same_rules(policies, *found, copy);
  return same ? &*found : nullptr;
}

static void report(const Origins& origins, const ir::Policy& policy, const Covered& covered,
                   Diagnostics& diagnostics) {
  static constexpr std::size_t kMostNotes = 5;
  const std::vector<SourceSpan> covering = covering_rules(policy, covered);
  if (const ir::Policy* other = original(origins.policies(), policy, covering.front())) {
    diagnostics.report(policy.span, duplicate_policy, policy.name, other->name)
        .note(other->span, "the other one is here")
        .help("remove one of the two");
    return;
  }
  Diagnostic& finding = diagnostics.report(
      policy.span, covered_policy, policy.name,
      covering.size() == 1 ? std::string("an earlier rule takes everything")
                           : fmt::format("{} earlier rules take everything", covering.size()));
  for (std::size_t i = 0; i < covering.size() && i < kMostNotes; ++i)
    finding.note(covering[i], "this rule comes first");
  finding.help("remove the policy, or give it a smaller `order` than the policies that cover it");
}

void fold_covered_policies(const Origins& origins, std::map<WrittenRule, Diagnostics>& unreached,
                           Diagnostics& diagnostics) {
  std::map<std::string, Covered> by_policy;
  for (const auto& [rule, findings] : unreached) {
    if (is_covered(findings)) by_policy[rule.policy].emplace(rule, &findings);
  }
  for (const auto& [id, covered] : by_policy) {
    const ir::Policy* policy = origins.policy(id);
    if (!policy || covered.size() != rule_count(*policy) || covering_rules(*policy, covered).empty())
      continue;
    report(origins, *policy, covered, diagnostics);
    std::erase_if(unreached, [&](const auto& entry) { return entry.first.policy == id; });
  }
}

}  // namespace untrack::passes::lint
