#include "backends/bpf/explain_xdp.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include <fmt/format.h>

#include "backends/bpf/diagnostics.h"
#include "support/overloaded.h"

namespace untrack::backends::bpf {

namespace {

enum class Answer : std::uint8_t { Taken, Allows, DecidesNothing, Egress };

// Rules of one policy and direction with one answer, by their index.
struct Group {
  std::set<std::uint32_t> indices;
  SourceSpan first;
};

using Groups = std::map<std::tuple<std::string, ir::Direction, Answer>, Group>;

}  // namespace

static Answer answer(const ir::Rule& rule, ir::Direction direction) {
  if (direction == ir::Direction::Egress) return Answer::Egress;
  return std::visit(overloaded{[](const ir::Drop&) { return Answer::Taken; },
                               [](const ir::Untrack&) { return Answer::Allows; },
                               [](const auto&) { return Answer::DecidesNothing; }},
                    rule.action);
}

// `rule 0`, `rules 0, 2-5`
static std::string in_words(const std::set<std::uint32_t>& indices) {
  std::string text = indices.size() == 1 ? "rule" : "rules";
  for (auto first = indices.begin(); first != indices.end();) {
    auto last = first;
    for (auto next = std::next(last); next != indices.end() && *next == *last + 1; ++next) last = next;
    text += first == indices.begin() ? " " : ", ";
    text += first == last ? fmt::format("{}", *first) : fmt::format("{}-{}", *first, *last);
    first = std::next(last);
  }
  return text;
}

static void report(const std::string& policy, Answer answer, const Group& group, Diagnostics& diagnostics) {
  const std::string rules = in_words(group.indices);
  switch (answer) {
    case Answer::Taken: diagnostics.report(group.first, xdp_takes, rules, policy); return;
    case Answer::Allows:
      diagnostics.report(group.first, xdp_leaves, rules, policy,
                         "what is allowed goes on to the stack, where alone tracking can be left out");
      return;
    case Answer::DecidesNothing:
      diagnostics.report(group.first, xdp_leaves, rules, policy, "nothing is denied by it");
      return;
    case Answer::Egress: diagnostics.report(group.first, xdp_not_at_egress, rules, policy); return;
  }
}

void explain_xdp(const ir::Ruleset& policy, Diagnostics& diagnostics) {
  Groups groups;
  for (const ir::InterfaceHook& hook : policy.hooks) {
    for (const ir::Block& block : hook.blocks) {
      for (const ir::Rule& rule : block.rules) {
        for (const ir::Provenance& origin : rule.provenance) {
          if (!origin.span.exists()) continue;  // failsafes are the project's own
          Group& group = groups[{origin.policy, origin.direction, answer(rule, hook.direction)}];
          if (group.indices.empty() || origin.index < *group.indices.begin()) group.first = origin.span;
          group.indices.insert(origin.index);
        }
      }
    }
  }
  for (const auto& [key, group] : groups)
    report(std::get<std::string>(key), std::get<Answer>(key), group, diagnostics);
}

}  // namespace untrack::backends::bpf
