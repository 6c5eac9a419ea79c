// UT31x and UT32x: rules and policies that decide nothing, or only by luck.
#pragma once
#include <string>
#include <string_view>

#include "support/diagnostic.h"

namespace untrack::passes::lint {

inline constexpr DiagnosticKind<std::string> shadowed_rule{
    {"UT311", "shadowed-rule", Severity::Warning, Compile::GoesOn,
     "A rule never decides a packet: earlier rules take everything that it matches.",
     "The rule looks as if it protected or allowed something, and does nothing. Usually the order is wrong, "
     "or a rule "
     "was copied. Exact: it is reported only if no packet on any endpoint of the input reaches it.",
     "docs/semantics.md, Evaluation"},
    "no packet reaches this rule: {} that it matches"};

inline constexpr DiagnosticKind<> rule_under_failsafe{
    {"UT312", "rule-under-failsafe", Severity::Warning, Compile::GoesOn,
     "A rule only matches failsafe ports, which come before all untracked policy.",
     "Failsafe ports (ssh, DHCP, BGP, etcd, the Kubernetes API and others) are accepted and stay tracked "
     "before any "
     "untracked rule is looked at, so that a mistake cannot lock the operator out. A rule for such a port "
     "has no effect; "
     "its traffic is tracked. Change the failsafe lists in FelixConfiguration if that is not wanted.",
     "docs/semantics.md, Failsafe ports; Calico felix/config/config_params.go"},
    "no packet reaches this rule: failsafe ports take everything that it matches and leave it tracked"};

}  // namespace untrack::passes::lint
