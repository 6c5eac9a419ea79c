// UT6xx: policy that is too large, or combines in too many ways, for what has to work with it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "support/diagnostic.h"

namespace untrack::passes::lint {

// ---- UT612 to UT616: for dataplanes

inline constexpr DiagnosticKind<std::string, std::size_t, std::uint64_t> set_too_large{
    {"UT612", "set-too-large", Severity::Warning, Compile::GoesOn,
     "A selector stands for more addresses than `maxIpsetSize` lets a set of the kernel's hold.",
     "Felix cannot fill the set and tries again for ever; no later change of policy gets to the node. In "
     "nftables mode the setting does not count.",
     "Calico felix/config/config_params.go (MaxIpsetSize); felix/ipsets"},
    "selector `{}` stands for at least {} prefixes of one IP version, and `maxIpsetSize` is {}"};

inline constexpr DiagnosticKind<std::size_t> nets_instead_of_set{
    {"UT614", "nets-instead-of-set", Severity::Info, Compile::GoesOn, "A rule lists many prefixes.",
     "Felix makes a line of each, and every packet that comes as far as the rule walks them one by one. A "
     "GlobalNetworkSet becomes a set of the kernel's: one lookup, however many there are. The artifacts of "
     "this program use sets in any case.",
     "Calico felix/rules/policy.go (CalculateRuleMatch); docs/performance.md"},
    "{} prefixes in one list: Felix makes as many lines of them"};

inline constexpr DiagnosticKind<std::size_t, std::size_t> ports_instead_of_ranges{
    {"UT615", "ports-instead-of-ranges", Severity::Info, Compile::GoesOn,
     "A list of ports fits fewer matches if neighbours are written as ranges.",
     "One match of iptables holds 15 ports, or ranges for two of them each. A longer list becomes several "
     "lines, and together with other lists a block that Felix may get wrong (UT426).",
     "linux/netfilter/xt_multiport.h (XT_MULTI_PORTS); Calico felix/rules/policy.go (SplitPortList)"},
    "this list of ports takes {} matches, and {} if neighbours are written as ranges"};

inline constexpr DiagnosticKind<std::size_t> rules_to_fold{
    {"UT616", "rules-to-fold", Severity::Info, Compile::GoesOn,
     "Many rules in a row differ in nothing but their ports.",
     "Felix makes lines of each rule, and a packet meets them one by one; one rule with all the ports is one "
     "match. It is also easier to read. The artifacts of this program are the same for both.",
     "Calico felix/rules/policy.go (ProtoRuleToIptablesRules); docs/performance.md"},
    "{} rules in a row differ in their ports only: one rule says the same"};

// ---- UT610 and UT611: for the exact analysis

// The place, and how far it came: a rule or an interface.
inline constexpr DiagnosticKind<std::string, std::string> not_proved{
    {"UT610", "not-proved", Severity::Error, Compile::Refused,
     "The rules combine in more ways than the proof budget holds, so nothing is proved about them.",
     "What the rules mean is worked out exactly, for all packets, in a diagram of bounded size. Past that "
     "size "
     "nothing is known: no finding of this place that needs packet sets is shown, and since no artifact is "
     "written without its proof, `compile` refuses. Other interfaces, and the other IP version, are not "
     "affected.",
     "docs/packet-sets.md, Choice: a budget"},
    "{}: not proved beyond {}"};

inline constexpr DiagnosticKind<std::string> not_analysed{
    {"UT611", "not-analysed", Severity::Warning, Compile::GoesOn,
     "What the rules mean was found, but comparing them with each other exceeds the proof budget.",
     "The findings of this place that need packet sets are missing: replies that are not untracked, rules "
     "that no "
     "packet reaches, exposed ports. What `compile` writes is proved all the same.",
     "docs/packet-sets.md, Choice: a budget"},
    "{}: not analysed within the proof budget"};

// What both advise.
std::string raise_budget(std::size_t edge_budget);

}  // namespace untrack::passes::lint
