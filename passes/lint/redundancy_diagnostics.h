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
     "docs/semantics.md, Evaluation", Fixable::Safely},
    "no packet reaches this rule: {} that it matches"};

inline constexpr DiagnosticKind<> rule_under_failsafe{
    {"UT312", "rule-under-failsafe", Severity::Warning, Compile::GoesOn,
     "A rule only matches failsafe ports, which come before all untracked policy.",
     "Failsafe ports (ssh, DHCP, BGP, etcd, the Kubernetes API and others) are accepted and stay tracked "
     "before any "
     "untracked rule is looked at, so that a mistake cannot lock the operator out. A rule for such a port "
     "has no effect; "
     "its traffic is tracked. Change the failsafe lists in FelixConfiguration if that is not wanted.",
     "docs/semantics.md, Failsafe ports; Calico felix/config/config_params.go", Fixable::Unsafely},
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

inline constexpr DiagnosticKind<std::string_view> policy_without_rules{
    {"UT319", "policy-without-rules", Severity::Warning, Compile::GoesOn, "An untracked policy has no rules.",
     "An ordinary policy without rules denies everything that it selects. An untracked one does nothing: "
     "what "
     "no rule of it decides goes on to the next policy, and at last to ordinary policy. Traffic that was to "
     "be "
     "shut out comes in.",
     "docs/semantics.md, Evaluation; Calico felix/calc/event_sequencer.go (tierInfoToProtoTierInfo)"},
    "untracked policy `{}` has no rules and does nothing: unlike ordinary policy it denies by rule alone"};

inline constexpr DiagnosticKind<std::string_view, std::string_view, std::string_view>
    rules_of_unlisted_direction{
        {"UT320", "rules-of-unlisted-direction", Severity::Warning, Compile::GoesOn,
         "A policy has rules of a direction that its `types` leaves out.",
         "Calico takes such a policy and leaves those rules aside without a word. For untracked policy that "
         "is "
         "one half of every conversation: requests come in untracked and their replies are tracked.",
         "Calico felix/calc/event_sequencer.go (tierInfoToProtoTierInfo); libcalico-go, "
         "GlobalNetworkPolicySpec.Types"},
        "the {} {} nothing: `types` does not list `{}`"};

inline constexpr DiagnosticKind<std::string, std::string> covered_item{
    {"UT323", "covered-item", Severity::Info, Compile::GoesOn,
     "An item of a list lies within another one of the same list.",
     "The rule means the same without it. Felix makes a line of each prefix, and ports share a few places in "
     "each line; and whoever later takes the wider item out is surprised by the one that stays.",
     "docs/semantics.md, Blocks of alternatives; Calico felix/rules/policy.go (CalculateRuleMatch)"},
    "`{}` adds nothing: it {}"};

inline constexpr DiagnosticKind<std::string, std::string_view> exclusion_without_effect{
    {"UT324", "exclusion-without-effect", Severity::Warning, Compile::GoesOn,
     "An item of `notNets` or `notPorts` excludes nothing from the list beside it.",
     "It lies outside of `nets`, or of `ports`, so nothing is left for it to take away. Mostly one of the "
     "two "
     "is mistyped, and what should be excluded is not.",
     "docs/semantics.md, Evaluation"},
    "`{}` excludes nothing: it lies outside of `{}`"};

inline constexpr DiagnosticKind<std::string_view> tier_default_unused{
    {"UT326", "tier-default-unused", Severity::Info, Compile::GoesOn,
     "The default action Deny is written for a tier that holds untracked policy only.",
     "The default action of a tier is for ordinary policy. What untracked policy leaves undecided always "
     "goes "
     "on, so nothing is denied at the end of this tier.",
     "docs/semantics.md, Evaluation; Calico felix/calc/event_sequencer.go (tierInfoToProtoTierInfo)"},
    "this default action never acts: tier `{}` holds untracked policy only"};

inline constexpr DiagnosticKind<std::string> duplicate_rule{
    {"UT316", "duplicate-rule", Severity::Warning, Compile::GoesOn,
     "A rule says what an earlier rule says, and is never asked.",
     "The two match the same packets and do the same, so the later one does nothing. Whoever changes one of "
     "them "
     "will not know of the other.",
     "docs/semantics.md, Evaluation", Fixable::Safely},
    "this rule says the same as `{}`, which comes first"};

inline constexpr DiagnosticKind<std::string_view, std::string> covered_policy{
    {"UT317", "covered-policy", Severity::Warning, Compile::GoesOn,
     "No rule of a policy ever decides a packet: earlier rules take everything that they match.",
     "The policy looks as if it protected or allowed something, and does nothing on any host endpoint of the "
     "input. Usually its order is wrong, or another policy has outgrown it.",
     "docs/semantics.md, Evaluation"},
    "policy `{}` decides nothing: {} that its rules match"};

inline constexpr DiagnosticKind<std::string_view, std::string_view> duplicate_policy{
    {"UT318", "duplicate-policy", Severity::Warning, Compile::GoesOn,
     "Two policies have the same rules for the same endpoints, and only one of them is ever asked.",
     "A copy under another name does nothing, until someone changes the original and wonders why the old "
     "rules "
     "still hold.",
     "docs/semantics.md, Evaluation"},
    "policy `{}` has the same rules as `{}`, which comes first"};

inline constexpr DiagnosticKind<std::string> contradictory_rule{
    {"UT322", "contradictory-rule", Severity::Warning, Compile::GoesOn,
     "The parts of a rule exclude each other, so no packet matches it.",
     "A rule matches where all of its parts hold. If one part takes away all that another one leaves, an "
     "Allow "
     "allows nothing and a Deny denies nothing. Exact, for all packets.",
     "docs/semantics.md, Evaluation"},
    "no packet matches this rule: {} exclude each other"};

inline constexpr DiagnosticKind<> egress_rule_for_workloads{
    {"UT325", "egress-rule-for-workloads", Severity::Warning, Compile::GoesOn,
     "An untracked egress rule has workloads as its source.",
     "Untracked egress policy sees what the host itself sends. What a workload sends is forwarded, never "
     "comes "
     "by, and is tracked: an Allow untracks nothing, and a Deny denies nothing.",
     "docs/semantics.md, Forwarded packets and NAT; Calico felix/rules/static.go (StaticRawOutputChain)"},
    "no packet meets this rule: its source is workloads, and only what the host sends itself comes here"};

}  // namespace untrack::passes::lint
