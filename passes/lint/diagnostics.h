// UT2xx, UT3xx and UT5xx: what the exact analyses of a node's rules find.
#pragma once
#include <string>
#include <string_view>

#include "support/diagnostic.h"

namespace untrack::passes::lint {

DiagnosticList diagnostics();

inline constexpr DiagnosticKind<std::string_view> reply_not_untracked{
    {"UT201", "reply-not-untracked", Severity::Error, Compile::GoesOn,
     "An untracked request is let in, but its reply is not untracked on the way out.",
     "Untracked traffic has no connection state, so a reply is a packet like any other and needs an egress "
     "rule of its "
     "own. Without one the reply is tracked; conntrack has never seen the request, calls the reply INVALID, "
     "and the "
     "host endpoint's ordinary policy drops it. Clients see the connection time out, the server sits in "
     "SYN-RECV. A "
     "UDP reply counts as a new flow and meets ordinary egress policy, which denies by default.",
     "docs/semantics.md, Symmetry; Calico felix/rules/endpoints.go (endpointIptablesChain); "
     "nf_conntrack_proto_tcp.c"},
    "requests are let in untracked here, but egress rules untrack {}"};

inline constexpr DiagnosticKind<std::string_view> incoming_reply_not_untracked{
    {"UT202", "incoming-reply-not-untracked", Severity::Error, Compile::GoesOn,
     "An untracked packet is let out, but its reply is not untracked on the way in.",
     "The host's own request leaves untracked; the answer comes back tracked, without a connection that it "
     "could belong "
     "to. A SYN-ACK is INVALID and dropped, so connect() times out; a UDP answer is a new incoming flow to "
     "an ephemeral "
     "port, which ordinary ingress policy denies by default. For a server this is the half left over when "
     "the ingress "
     "rule is missing.",
     "docs/semantics.md, Symmetry; Calico felix/rules/endpoints.go (endpointIptablesChain); "
     "nf_conntrack_proto_tcp.c"},
    "packets are let out untracked here, but ingress rules untrack {}"};

inline constexpr DiagnosticKind<std::string_view> reply_denied{
    {"UT203", "reply-denied", Severity::Error, Compile::GoesOn,
     "An untracked request is allowed, but an untracked rule drops its reply.",
     "Untracked Deny drops the packet in the raw table, without a reset and without an ICMP error: the "
     "client waits "
     "until it times out, and no counter but the rule's own tells why.",
     "docs/semantics.md, Symmetry"},
    "this rule allows {} packets untracked, but their replies are dropped by an untracked rule"};

inline constexpr DiagnosticKind<std::string_view, std::string_view> answered_in_one_version{
    {"UT204", "answered-in-one-ip-version", Severity::Error, Compile::GoesOn,
     "A rule's replies are untracked in one IP version and not in the other.",
     "Calico renders a rule for both IP versions unless something pins it to one: `ipVersion`, the family of "
     "any of its "
     "`nets` or `notNets`, or the protocols ICMP and ICMPv6. If request and reply rules are pinned "
     "differently, the "
     "service works over one IP version and times out over the other.",
     "docs/semantics.md, IP versions; Calico felix/rules (FilterRuleToIPVersion)"},
    "this rule allows {} packets untracked in both IP versions, but their replies are not untracked over {}"};

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

inline constexpr DiagnosticKind<> every_port_from_source_port{
    {"UT501", "open-to-source-port", Severity::Warning, Compile::GoesOn,
     "An ingress rule lets a peer reach every local port, if only it sends from the right source port.",
     "A source port is the sender's choice. An untracked ingress Allow that matches nothing but source ports "
     "(the usual "
     "way to let replies back in to a client) also lets the peer open connections to every service of the "
     "host, past "
     "all ordinary policy. Replies to a client come to ephemeral ports: match those as destination ports "
     "too.",
     "docs/semantics.md, Exposure; ip-sysctl.rst (ip_local_port_range, 32768 to 60999)"},
    "this rule opens every local port to whoever sends from its source ports"};

inline constexpr DiagnosticKind<> every_port_to_anyone{
    {"UT502", "open-to-anyone", Severity::Warning, Compile::GoesOn,
     "An untracked ingress rule allows every port from every address.",
     "Untracked policy runs before all other policy: what it allows, no other policy can deny. This rule "
     "switches the "
     "host's firewall off for its protocols.",
     "docs/semantics.md, Exposure"},
    "this rule allows every address to reach every local port, before all other policy"};

}  // namespace untrack::passes::lint
