#include "passes/lint/check_forms.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "passes/lint/felix_ports.h"
#include "passes/lint/mirror_rule.h"
#include "passes/lint/size_diagnostics.h"

namespace untrack::passes::lint {

// From how many on a packet notices. Felix makes a line of each prefix and of each rule, and a packet meets
// them one by one, while a set and a list of ports are one look each (docs/performance.md, rules in a chain).
static constexpr std::size_t kManyNets = 32;
static constexpr std::size_t kManyRules = 8;

static void check_nets(const std::vector<ir::CidrSpec>& nets, Diagnostics& diagnostics) {
  if (nets.size() < kManyNets) return;
  const SourceSpan first = nets.front().span, last = nets.back().span;
  const bool in_order = first.buffer == last.buffer && first.begin < last.end;  // not so for an alias
  diagnostics
      .report(in_order ? SourceSpan{first.buffer, first.begin, last.end} : first, nets_instead_of_set,
              nets.size())
      .help(
          "put the prefixes into a GlobalNetworkSet with a label, and select it: `selector: list == '...'`");
}

// Numbers only: a named port is a set of its own.
static bool all_numbers(const std::vector<ir::PortSpec>& ports) {
  return std::ranges::all_of(
      ports, [](const ir::PortSpec& spec) { return std::holds_alternative<ir::PortRange>(spec.port); });
}

static std::vector<ir::PortSpec> shortest(const std::vector<ir::PortSpec>& ports) {
  std::vector<ir::PortRange> ranges;
  for (const ir::PortSpec& spec : ports) ranges.push_back(std::get<ir::PortRange>(spec.port));
  const ir::PortSet set(std::move(ranges));
  std::vector<ir::PortSpec> all;
  for (const ir::PortRange& range : set.ranges()) all.emplace_back().port = range;
  return all;
}

static void check_ports(const std::vector<ir::PortSpec>& ports, Diagnostics& diagnostics) {
  if (ports.empty() || !all_numbers(ports)) return;
  const std::size_t now = port_matches(ports);
  const std::vector<ir::PortSpec> shorter = shortest(ports);
  const std::size_t then = port_matches(shorter);
  if (now <= then) return;
  diagnostics.report(ports.front().span, ports_instead_of_ranges, now, then)
      .help("write ranges:\nports: " + port_list_yaml(shorter));
}

// ---- rules that one rule could say

namespace {

// The lists of a rule that take one more item without saying more than before.
using List = std::vector<ir::PortSpec> ir::EntityRule::*;

}  // namespace

// The rule without one list, as text: equal texts differ in that list only.
static std::string without(const ir::PolicySet& policies, ir::PolicyRule rule,
                           ir::EntityRule ir::PolicyRule::* side, List list) {
  ((rule.*side).*list).clear();
  return to_yaml(policies, rule);
}

static bool may_fold(const ir::PolicyRule& rule, ir::EntityRule ir::PolicyRule::* side, List list) {
  const std::vector<ir::PortSpec>& ports = (rule.*side).*list;
  const bool decides = !std::holds_alternative<ir::Log>(rule.action);
  return decides && !ports.empty() && all_numbers(ports) && !rule.source.service &&
         !rule.destination.service && !rule.has_http;
}

// Rules in a row, all of one action: their order among themselves does not matter, so the folded rule means
// the same.
static void check_rows(const ir::PolicySet& policies, const std::vector<ir::PolicyRule>& rules,
                       ir::EntityRule ir::PolicyRule::* side, Diagnostics& diagnostics) {
  static constexpr List kPorts = &ir::EntityRule::ports;
  if (rules.size() < kManyRules) return;
  for (std::size_t begin = 0, end = 0; begin < rules.size(); begin = end) {
    end = begin + 1;
    if (!may_fold(rules[begin], side, kPorts)) continue;
    const std::string common = without(policies, rules[begin], side, kPorts);
    ir::PolicyRule folded = rules[begin];
    while (end < rules.size() && may_fold(rules[end], side, kPorts) &&
           without(policies, rules[end], side, kPorts) == common) {
      const std::vector<ir::PortSpec>& more = (rules[end].*side).ports;
      (folded.*side).ports.insert((folded.*side).ports.end(), more.begin(), more.end());
      ++end;
    }
    if (end - begin < kManyRules) continue;
    (folded.*side).ports = shortest((folded.*side).ports);
    diagnostics.report(rules[begin].span, rules_to_fold, end - begin)
        .note(rules[end - 1].span, "the last of them is here")
        .help("write one rule in their place:\n" + to_yaml(policies, folded));
  }
}

void check_forms(const ir::PolicySet& policies, const ir::Policy& policy, Diagnostics& diagnostics) {
  for (const ir::Direction direction : ir::kDirections) {
    if (!policy.governs(direction)) continue;
    const std::vector<ir::PolicyRule>& rules = policy.rules(direction);
    for (const ir::PolicyRule& rule : rules) {
      for (const ir::EntityRule* side : {&rule.source, &rule.destination}) {
        check_nets(side->nets, diagnostics);
        check_ports(side->ports, diagnostics);
      }
    }
    check_rows(policies, rules, &ir::PolicyRule::destination, diagnostics);
    check_rows(policies, rules, &ir::PolicyRule::source, diagnostics);
  }
}

}  // namespace untrack::passes::lint
