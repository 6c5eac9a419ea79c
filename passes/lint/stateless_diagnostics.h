// UT2xx: traffic without connection state.
#pragma once
#include <string>
#include <string_view>

#include "support/diagnostic.h"

namespace untrack::passes::lint {

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

inline constexpr DiagnosticKind<std::string_view> icmp_errors_tracked{
    {"UT205", "icmp-errors-tracked", Severity::Info, Compile::GoesOn,
     "The ICMP errors that belong to untracked traffic are not untracked.",
     "Conntrack recognises an ICMP error by the packet inside it. About an untracked packet it knows "
     "nothing, "
     "calls the error INVALID, and the host endpoint's ordinary policy drops it. Where some link on the way "
     "has a smaller MTU, connections then open and hang as soon as large packets are sent; elsewhere nothing "
     "is noticed but that failures take a timeout to show.",
     "docs/semantics.md, ICMP errors; nf_conntrack_proto_icmp.c (icmp_error); RFC 1191; RFC 8201"},
    "{} errors about this untracked traffic are not untracked: path MTU discovery does not work"};

}  // namespace untrack::passes::lint
