// UT5xx: what is open that should not be, or closed that should not be.
#pragma once
#include <string>
#include <string_view>

#include "support/diagnostic.h"

namespace untrack::passes::lint {

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

inline constexpr DiagnosticKind<std::string_view> failsafes_off{
    {"UT504", "failsafes-off", Severity::Info, Compile::GoesOn,
     "A list of failsafe ports is empty on a node with untracked policy.",
     "Without failsafe ports one wrong policy can cut the node off from its administrators or from the "
     "cluster. "
     "That may be wanted; then ordinary policy has to allow what the node cannot do without.",
     "docs/semantics.md, Failsafe ports; Calico felix/config/config_params.go"},
    "`{}` is empty: a mistake in policy can cut the node off"};

inline constexpr DiagnosticKind<std::string_view> ssh_shut_out{
    {"UT505", "ssh-shut-out", Severity::Warning, Compile::GoesOn,
     "The failsafe list leaves out ssh, and no policy of the host endpoint lets it in.",
     "A host endpoint denies what no policy and no profile allows. As soon as the endpoint is there, the "
     "node "
     "can no longer be reached on port 22; sessions that are open go on until they end.",
     "docs/semantics.md, Failsafe ports; Calico felix/rules/endpoints.go (endpointIptablesChain)"},
    "nothing lets ssh in on host endpoint `{}`: neither this list nor a policy"};

inline constexpr DiagnosticKind<std::string> denied_by_ordinary_policy{
    {"UT503", "denied-by-ordinary-policy", Severity::Warning, Compile::GoesOn,
     "An untracked Allow lets through what a rule of ordinary policy on the same host endpoint denies.",
     "Untracked policy of every tier comes before ordinary policy of any, so a Deny in the first tier does "
     "not "
     "hold against an untracked Allow in the last. Exact, packet by packet; an Allow that lies within a "
     "wider "
     "Deny is an exception to it and not reported.",
     "docs/semantics.md, Untracked before ordinary policy; Calico felix/rules/static.go"},
    "this rule accepts packets that `{}` denies: untracked policy comes first"};

inline constexpr DiagnosticKind<> neighbours_denied{
    {"UT507", "neighbours-denied", Severity::Warning, Compile::GoesOn,
     "An untracked Deny catches neighbour discovery on an interface that has an IPv6 address.",
     "Neighbour discovery is to IPv6 what ARP is to IPv4, only that it is made of packets which policy sees. "
     "Without it the host finds no neighbour, its router included, and IPv6 dies as soon as the neighbour "
     "cache has aged.",
     "Calico felix/rules/static.go (ICMPv6Filter: only for traffic of workloads); RFC 4861"},
    "this rule drops neighbour discovery: IPv6 stops on this interface"};

inline constexpr DiagnosticKind<std::string> tunnel_denied{
    {"UT506", "tunnel-denied", Severity::Info, Compile::GoesOn,
     "An untracked Deny catches what a tunnel between nodes of the cluster sends.",
     "Policy on the underlying interface sees the outer packets of VXLAN, IP in IP and WireGuard before "
     "Calico's own rules accept them. If the cluster uses such a tunnel, the workloads of the node are cut "
     "off from those of other nodes.",
     "Calico felix/rules/static.go (StaticRawPreroutingChain; filterInputChain)"},
    "this rule drops what tunnels of other nodes send: {}"};

}  // namespace untrack::passes::lint
