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

inline constexpr DiagnosticKind<std::string_view> deny_of_failsafe_port{
    {"UT313", "deny-of-failsafe-port", Severity::Warning, Compile::GoesOn,
     "A Deny names a failsafe port among others, and does not deny it.",
     "Failsafe ports are accepted before any untracked rule is looked at, and again before ordinary policy. "
     "The "
     "port stays open while the rule reads as if it were closed.",
     "docs/semantics.md, Failsafe ports; Calico felix/rules/static.go (failsafeInChain)"},
    "port {} stays open: it is a failsafe port, which no rule can deny"};

inline constexpr DiagnosticKind<std::string_view> allow_of_failsafe_port{
    {"UT314", "allow-of-failsafe-port", Severity::Info, Compile::GoesOn,
     "An Allow names a failsafe port among others, and does not untrack it.",
     "Failsafe ports are accepted before any untracked rule is looked at, and stay tracked, in both "
     "directions. "
     "The traffic works; it only fills the connection table.",
     "docs/semantics.md, Failsafe ports; Calico felix/rules/static.go (failsafeInChain)"},
    "port {} stays tracked: it is a failsafe port"};

inline constexpr DiagnosticKind<> ban_spares_failsafe_ports{
    {"UT315", "ban-spares-failsafe-ports", Severity::Info, Compile::GoesOn,
     "A Deny of peers leaves them the failsafe ports.",
     "Failsafe ports come first, so that no mistake locks the operator out. Whoever a deny list names still "
     "reaches ssh, the API server, BGP and etcd of the host, and may use the source ports of the outbound "
     "list.",
     "docs/semantics.md, Failsafe ports; Calico felix/config/config_params.go"},
    "the peers that this rule denies still reach the failsafe ports"};

inline constexpr DiagnosticKind<std::string_view, std::string> order_tie{
    {"UT321", "order-tie", Severity::Warning, Compile::GoesOn,
     "Two policies contradict each other, and only their names say which one comes first.",
     "Within a tier policies go by `order`; among equals, and among those without, by name as bytes. A "
     "policy "
     "that is renamed, or copied under a new name, then changes what is let in. Exact: it is reported only "
     "if "
     "some packet would fare differently the other way round.",
     "docs/semantics.md, Policy order; Calico felix/calc/policy_sorter.go (PolKVLess)"},
    "this policy contradicts `{}`, and both have {}: their names decide which comes first"};

}  // namespace untrack::passes::lint
