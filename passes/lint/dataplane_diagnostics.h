// UT42x: what Calico's own dataplanes make of untracked policy. The artifacts of this program do not differ.
#pragma once
#include <string>
#include <string_view>

#include "support/diagnostic.h"

namespace untrack::passes::lint {

inline constexpr DiagnosticKind<std::string_view, std::string_view> several_untracked_tiers{
    {"UT420", "several-untracked-tiers", Severity::Info, Compile::GoesOn,
     "Untracked policy of one host endpoint stands in several tiers, which Calico's eBPF mode cannot do.",
     "In eBPF mode untracked ingress policy is an XDP program, and Felix attaches one only where a single "
     "tier "
     "holds untracked policy. With two tiers the ingress rules silently do not exist there, while the egress "
     "rules still act. All other modes take any number of tiers.",
     "Calico felix/dataplane/linux/bpf_ep_mgr.go (attachXDPProgram)"},
    "untracked policy in tier `{}` and in tier `{}`: in eBPF mode none of the ingress rules would act"};

inline constexpr DiagnosticKind<std::string_view, std::string_view> tiers_not_in_ebpf{
    {"UT421", "tiers-not-in-ebpf-mode", Severity::Error, Compile::GoesOn,
     "Untracked policy of one host endpoint stands in several tiers, and the node runs in eBPF mode.",
     "Felix attaches the XDP program that holds untracked ingress policy only where a single tier holds any. "
     "Here it attaches none: allowed requests are tracked, an untracked Deny denies nothing, and the egress "
     "rules act all the same, so that replies have no connection to belong to.",
     "Calico felix/dataplane/linux/bpf_ep_mgr.go (attachXDPProgram)"},
    "untracked policy in tier `{}` and in tier `{}`: with `bpfEnabled` none of the ingress rules acts"};

inline constexpr DiagnosticKind<std::string_view, std::string_view> interface_not_in_ebpf{
    {"UT422", "interface-not-in-ebpf-mode", Severity::Error, Compile::GoesOn,
     "The node runs in eBPF mode, and its data interface pattern leaves out an interface with untracked "
     "policy.",
     "Felix attaches programs only to interfaces that bpfDataIfacePattern or bpfL3IfacePattern matches. On "
     "any "
     "other one untracked ingress policy does not exist, while egress policy, which is made of iptables "
     "rules, "
     "acts: every flow is untracked by half.",
     "Calico felix/dataplane/linux/bpf_ep_mgr.go; felix/config/config_params.go (BPFDataIfacePattern)"},
    "with `bpfEnabled` no ingress rule acts on `{}`: `bpfDataIfacePattern` is `{}`"};

inline constexpr DiagnosticKind<std::string_view> protocol_not_in_ebpf{
    {"UT423", "protocol-not-in-ebpf-mode", Severity::Warning, Compile::GoesOn,
     "The node runs in eBPF mode, which does not know a protocol that an ingress rule names.",
     "The compiler of eBPF policy knows the names TCP, UDP, ICMP and SCTP. Any other name becomes protocol "
     "0, "
     "which no packet has; a rule that excludes it excludes nothing.",
     "Calico felix/bpf/polprog (protocolToNumber)"},
    "with `bpfEnabled` the name `{}` means protocol 0, and this rule never matches as it should"};

inline constexpr DiagnosticKind<std::string_view> icmp_code_in_nft_mode{
    {"UT424", "icmp-code-in-nftables-mode", Severity::Error, Compile::GoesOn,
     "A rule matches an ICMP code, and the node runs in nftables mode.",
     "Felix writes `icmp type T code C`, which nft does not read. It refuses the whole transaction: no rule "
     "of "
     "the node is updated any more, not only this one.",
     "Calico felix/nftables/match_builder.go; nft(8), ICMP header expression: type and code are two fields"},
    "with `nftablesMode: Enabled` nft refuses the whole ruleset because of the code in this `{}`"};

inline constexpr DiagnosticKind<std::string_view> icmp_code_may_meet_nft{
    {"UT425", "icmp-code-and-nftables", Severity::Info, Compile::GoesOn,
     "A rule matches an ICMP code, which Calico cannot load where it chooses nftables.",
     "`nftablesMode` is Auto unless set: Felix then uses nftables if kube-proxy does or the host can, writes "
     "`icmp type T code C`, and nft refuses the whole ruleset. Under iptables the rule is right.",
     "Calico felix/nftables/utils.go (Enabled); felix/nftables/match_builder.go"},
    "where Felix chooses nftables it refuses the whole ruleset because of the code in this `{}`"};

inline constexpr DiagnosticKind<std::string_view, std::string_view> widened_by_match_blocks{
    {"UT426", "widened-by-felix", Severity::Warning, Compile::GoesOn,
     "Felix makes a rule match more than it says: it has three lists that one line cannot hold.",
     "A list that does not fit one line becomes a block of lines that set a mark bit. The bit is not cleared "
     "between the second and the third block, so whatever passes the second passes the third, too. The "
     "artifacts of this program mean what the rule says.",
     "Calico felix/rules/policy.go (finishPositiveBlock); docs/semantics.md, Blocks of alternatives"},
    "Felix would not look at the {} of this rule, which would {} more than it says"};

inline constexpr DiagnosticKind<std::string_view> staged_enforced_by_xdp{
    {"UT427", "staged-policy-enforced", Severity::Warning, Compile::GoesOn,
     "XDP acceleration would enforce a staged policy.",
     "Felix accelerates the first untracked ingress policy of each tier if its first rule denies a selector "
     "and "
     "says nothing else. It does not look at whether that policy is staged, so what should only be previewed "
     "drops packets.",
     "Calico felix/dataplane/linux/xdp_state.go (getPolicyIDs)"},
    "staged policy `{}` is first in its tier and denies by selector: XDP acceleration enforces it"};

inline constexpr DiagnosticKind<std::string_view, std::string_view> deny_action_rejects{
    {"UT428", "reject-not-loadable", Severity::Error, Compile::GoesOn,
     "The deny action is Reject on a node with untracked policy.",
     "Felix uses the deny action in the raw and mangle tables, too. iptables takes REJECT in the filter "
     "table "
     "only, nft not in postrouting: the kernel refuses the whole table, and no rule of the node is updated "
     "any "
     "more.",
     "Calico felix/rules/policy.go; iptables-extensions(8), REJECT; nft(8), reject statement"},
    "`{}: Reject` cannot be loaded together with the untracked policy of host endpoint `{}`"};

inline constexpr DiagnosticKind<std::string> not_accelerated{
    {"UT429", "not-accelerated", Severity::Info, Compile::GoesOn,
     "XDP is asked for, and a Deny rule that looks meant for it is not accelerated.",
     "Of each tier Felix looks at the first untracked ingress policy of the host endpoint, and of that at "
     "the "
     "first rule. It drops in XDP what the rule denies if it is a source selector and nothing else, for "
     "IPv4. "
     "Other rules are enforced later, in the raw table, at a higher price for each packet.",
     "Calico felix/dataplane/linux/xdp_state.go (getPolicyIDs, isValidRuleForXDP)"},
    "XDP does not accelerate this rule: {}"};

inline constexpr DiagnosticKind<std::string> early_drop{
    {"UT441", "early-drop", Severity::Warning, Compile::GoesOn,
     "XDP acceleration would drop what a rule of an earlier tier allows.",
     "Of each tier Felix takes the first rule of the first untracked ingress policy, if it is a Deny by "
     "source "
     "selector, and drops what it matches as soon as a packet arrives. Earlier tiers are not asked: their "
     "Allow has no effect for those senders. XDP is on unless set otherwise, where the driver can do it; so "
     "nodes may differ.",
     "Calico felix/dataplane/linux/xdp_state.go (getPolicyIDs); felix/bpf-apache/filter.c"},
    "XDP acceleration drops what `{}` allows in an earlier tier"};

inline constexpr DiagnosticKind<> sctp_ports_in_ebpf{
    {"UT443", "sctp-ports-in-ebpf-mode", Severity::Warning, Compile::GoesOn,
     "The node runs in eBPF mode, which does not read SCTP ports, and an ingress rule matches them.",
     "The XDP program reads the ports of TCP and UDP. For SCTP they are 0 there, so an Allow by port lets "
     "nothing in untracked and a Deny by port denies nothing.",
     "Calico felix/bpf-gpl/xdp.c; felix/bpf-gpl/parsing.h"},
    "with `bpfEnabled` SCTP ports are read as 0, and this rule never matches"};

}  // namespace untrack::passes::lint
