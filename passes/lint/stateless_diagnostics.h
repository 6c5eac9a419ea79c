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
     "nf_conntrack_proto_tcp.c",
     Fixable::Safely},
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
     "nf_conntrack_proto_tcp.c",
     Fixable::Safely},
    "packets are let out untracked here, but ingress rules untrack {}"};

inline constexpr DiagnosticKind<std::string_view> reply_denied{
    {"UT203", "reply-denied", Severity::Error, Compile::GoesOn,
     "An untracked request is allowed, but an untracked rule drops its reply.",
     "Untracked Deny drops the packet in the raw table, without a reset and without an ICMP error: the "
     "client waits "
     "until it times out, and no counter but the rule's own tells why.",
     "docs/semantics.md, Symmetry", Fixable::Unsafely},
    "this rule allows {} packets untracked, but their replies are dropped by an untracked rule"};

inline constexpr DiagnosticKind<std::string_view, std::string_view> answered_in_one_version{
    {"UT204", "answered-in-one-ip-version", Severity::Error, Compile::GoesOn,
     "A rule's replies are untracked in one IP version and not in the other.",
     "Calico renders a rule for both IP versions unless something pins it to one: `ipVersion`, the family of "
     "any of its "
     "`nets` or `notNets`, or the protocols ICMP and ICMPv6. If request and reply rules are pinned "
     "differently, the "
     "service works over one IP version and times out over the other.",
     "docs/semantics.md, IP versions; Calico felix/rules (FilterRuleToIPVersion)", Fixable::Safely},
    "this rule allows {} packets untracked in both IP versions, but their replies are not untracked over {}"};

inline constexpr DiagnosticKind<std::string_view> icmp_errors_tracked{
    {"UT205", "icmp-errors-tracked", Severity::Info, Compile::GoesOn,
     "The ICMP errors that belong to untracked traffic are not untracked.",
     "Conntrack recognises an ICMP error by the packet inside it. About an untracked packet it knows "
     "nothing, "
     "calls the error INVALID, and the host endpoint's ordinary policy drops it. Where some link on the way "
     "has a smaller MTU, connections then open and hang as soon as large packets are sent; elsewhere nothing "
     "is noticed but that failures take a timeout to show.",
     "docs/semantics.md, ICMP errors; nf_conntrack_proto_icmp.c (icmp_error); RFC 1191; RFC 8201",
     Fixable::Unsafely},
    "{} errors about this untracked traffic are not untracked: path MTU discovery does not work"};

inline constexpr DiagnosticKind<> workload_service_untracked{
    {"UT206", "workload-service-untracked", Severity::Warning, Compile::GoesOn,
     "An untracked ingress rule takes requests to a port that a workload of the node serves.",
     "Packets for a workload come in through the host's interface, too, and meet untracked ingress policy; "
     "what "
     "the workload sends does not, and is tracked. Over TCP its SYN-ACK belongs to no connection, is INVALID "
     "and "
     "dropped: the service times out. Over UDP the reply is a new flow, and where addresses are masqueraded "
     "the "
     "client sees it come from a stranger.",
     "docs/semantics.md, Forwarded packets and NAT; Calico felix/rules/static.go (StaticRawPreroutingChain)"},
    "this rule also takes requests to a workload of the node, whose replies are tracked"};

inline constexpr DiagnosticKind<> workload_traffic_untracked{
    {"UT207", "workload-traffic-untracked", Severity::Info, Compile::GoesOn,
     "An untracked ingress rule takes packets for the workloads of the node, beside those for the host.",
     "No workload is known to serve what the rule matches. But if one does, or is a client whose replies the "
     "rule matches, those conversations break: only one half of them is untracked.",
     "docs/semantics.md, Forwarded packets and NAT; Calico felix/rules/static.go (StaticRawPreroutingChain)"},
    "this rule does not stop at the host: it takes packets for workloads of the node, too"};

inline constexpr DiagnosticKind<> node_ports_untracked{
    {"UT208", "node-ports-untracked", Severity::Info, Compile::GoesOn,
     "An untracked ingress rule names ports of the range that Kubernetes gives to node ports.",
     "Untracked packets skip NAT. A node port has no listener of its own: its packets must be translated to "
     "reach the service, so clients see the connection refused.",
     "docs/semantics.md, Forwarded packets and NAT; Kubernetes documentation, Service: type NodePort (30000 "
     "to "
     "32767)"},
    "this rule names node ports: untracked packets are not translated, and no service gets them"};

inline constexpr DiagnosticKind<> ordinary_rule_unused{
    {"UT209", "ordinary-rule-unused", Severity::Info, Compile::GoesOn,
     "A rule of ordinary policy never sees a packet: untracked policy of the same host endpoint takes them "
     "all.",
     "Untracked policy of every tier comes before ordinary policy of any. What the rule says of connections, "
     "counters or logs never happens. Exact: it is reported only if no packet of any host endpoint or "
     "workload "
     "of the input is left for the rule.",
     "docs/semantics.md, Untracked before ordinary policy; Calico felix/rules/static.go"},
    "this rule expects tracked traffic, and untracked policy takes all of it"};

inline constexpr DiagnosticKind<std::string_view, std::string_view, std::string_view>
    answered_on_one_interface{
        {"UT210", "answered-on-one-interface", Severity::Error, Compile::GoesOn,
         "A rule's replies are untracked on one interface of a node and not on another one.",
         "A rule acts on each interface whose host endpoint its policy selects, and so does the rule for the "
         "replies; where the two policies select differently, the service answers through one interface and "
         "times "
         "out through the other.",
         "docs/semantics.md, Symmetry; Calico felix/rules/endpoints.go (endpointIptablesChain)"},
        "this rule allows {} packets untracked, and their replies are untracked on `{}` but not on `{}`"};

inline constexpr DiagnosticKind<std::string> reply_of_tracked_denied{
    {"UT211", "reply-of-tracked-denied", Severity::Warning, Compile::GoesOn,
     "An untracked Deny drops the replies to requests that ordinary policy allows.",
     "An untracked Deny knows no connections: it drops what it matches, replies included. Ordinary policy "
     "lets "
     "the request pass, the answer dies in the raw table, and the connection times out. A Deny of certain "
     "peers, whatever they send, is no mistake and not reported.",
     "docs/semantics.md, Symmetry; Calico felix/rules/static.go (StaticRawPreroutingChain)"},
    "this rule drops replies, too: to requests that `{}` allows"};

inline constexpr DiagnosticKind<std::string> service_untracked{
    {"UT212", "service-untracked", Severity::Warning, Compile::GoesOn,
     "An untracked ingress rule takes requests to an address or a node port of a Kubernetes service.",
     "Untracked packets skip NAT, and a service has no listener at its own addresses: what comes to its "
     "cluster, "
     "external or load balancer address, or to its node port, must be translated to reach it. Its clients "
     "see "
     "the connection refused.",
     "docs/semantics.md, Forwarded packets and NAT; Kubernetes documentation, Virtual IPs and Service "
     "Proxies"},
    "this rule untracks requests to service `{}`, which then never reach it"};

inline constexpr DiagnosticKind<std::string> host_port_untracked{
    {"UT213", "host-port-untracked", Severity::Warning, Compile::GoesOn,
     "An untracked ingress rule takes requests to a host port of a workload on the node.",
     "A host port is a translation from a port of the node to the workload, and untracked packets skip NAT. "
     "Clients see the connection refused.",
     "docs/semantics.md, Forwarded packets and NAT; CNI plugin portmap"},
    "this rule untracks requests to a host port of workload `{}`, which then never reach it"};

inline constexpr DiagnosticKind<std::string> client_of_service_untracked{
    {"UT214", "client-of-service-untracked", Severity::Info, Compile::GoesOn,
     "An untracked egress rule takes requests of the host itself to a Kubernetes service.",
     "Untracked packets skip NAT: what the host sends to the address of a service leaves with that address "
     "as "
     "its destination and is lost. That hurts where a program of the host is a client of the service, such "
     "as "
     "the kubelet or anything on the host's network.",
     "docs/semantics.md, Forwarded packets and NAT; Kubernetes documentation, Virtual IPs and Service "
     "Proxies"},
    "this rule untracks what the host sends to service `{}`, which then never reaches it"};

}  // namespace untrack::passes::lint
