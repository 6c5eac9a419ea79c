#include "passes/lint/lint.h"

#include "passes/lint/check_acceleration.h"
#include "passes/lint/check_dead_rules.h"
#include "passes/lint/check_ebpf_mode.h"
#include "passes/lint/check_egress_symmetry.h"
#include "passes/lint/check_exposure.h"
#include "passes/lint/check_failsafes.h"
#include "passes/lint/check_forwarded.h"
#include "passes/lint/check_icmp_errors.h"
#include "passes/lint/check_loadable.h"
#include "passes/lint/check_match_blocks.h"
#include "passes/lint/check_order_ties.h"
#include "passes/lint/check_ordinary_policy.h"
#include "passes/lint/subject.h"

namespace untrack::passes::lint {

NodeFindings lint(const Origins& origins, const ir::Ruleset& ruleset, ir::PacketSpace& space) {
  const Subject subject(origins, ruleset, space);
  NodeFindings findings;
  check_egress_symmetry(subject, findings.found);
  check_icmp_errors(subject, findings.found);
  check_forwarded(subject, findings.found);
  check_exposure(subject, findings.found);
  check_failsafes(subject, findings.found);
  check_order_ties(subject, findings.found);
  check_ebpf_mode(subject, findings.found);
  check_loadable(subject, findings.found);
  check_match_blocks(subject, findings.found);
  check_acceleration(subject, findings.found);
  check_dead_rules(subject, findings);
  check_ordinary_policy(subject, findings);
  if (space.exhausted()) return NodeFindings{.complete = false};
  return findings;
}

Diagnostics conclude(std::vector<NodeFindings> nodes) {
  std::set<WrittenRule> reached;
  bool complete = true;  // a node that was not analysed may reach any rule
  for (const NodeFindings& node : nodes) {
    reached.insert(node.reached.begin(), node.reached.end());
    complete &= node.complete;
  }
  Diagnostics all;
  for (NodeFindings& node : nodes) {
    all.append(std::move(node.found));
    for (auto& [rule, finding] : node.unreached) {
      if (complete && !reached.contains(rule)) all.append(std::move(finding));
    }
  }
  return all;
}

}  // namespace untrack::passes::lint
