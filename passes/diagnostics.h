// What the way from policy to ruleset finds: things that no input says, and things that have no effect or
// another effect than they seem to have.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "support/diagnostic.h"

namespace untrack::passes {

// ---- UT30x: what a rule names is not in the input, or restricts nothing

inline constexpr DiagnosticKind<std::string_view, std::string_view> selector_matches_nothing{
    {"UT301", "selector-matches-nothing", Severity::Warning, Compile::GoesOn,
     "A selector of a rule stands for no address that the input knows.",
     "Selectors are resolved from the input alone. An Allow whose selector finds nothing lets no one in, a "
     "Deny "
     "stops no one, and a negated selector excludes no one. On the cluster the same selector may find "
     "endpoints "
     "that no file here describes: give them with --inventory.",
     "Calico felix/labelindex/named_port_index.go: the members of a set are endpoints and network sets"},
    "selector `{}` stands for no address in the input, so {}"};

inline constexpr DiagnosticKind<std::string_view, std::string_view> named_port_without_endpoints{
    {"UT302", "named-port-without-endpoints", Severity::Warning, Compile::GoesOn,
     "No endpoint in the input defines a named port that a rule uses.",
     "A named port stands for address, protocol and port of the endpoints that define it, with the protocol "
     "of "
     "the rule, and within the selector on its side. Without any, the rule matches nothing by it.",
     "Calico felix/labelindex/named_port_index.go, LookupNamedPorts"},
    "no endpoint with an address has a port `{}` that this rule could mean, so {}"};

inline constexpr DiagnosticKind<std::string, std::string_view> service_without_endpoints{
    {"UT303", "service-without-endpoints", Severity::Warning, Compile::GoesOn,
     "No EndpointSlice in the input belongs to a service that a rule names.",
     "A service stands for the addresses in its EndpointSlices; its cluster IP is never one of them. Without "
     "slices the rule matches nothing.",
     "Calico felix/serviceindex/serviceindex.go, membersFromEndpointSlice"},
    "service `{}` has no endpoints in the input, so {}"};

inline constexpr DiagnosticKind<std::string_view, std::string_view> selector_of_unknown_labels{
    {"UT306", "selector-of-unknown-labels", Severity::Info, Compile::GoesOn,
     "A selector of a rule asks for labels that no object in the input has.",
     "Selectors are resolved from the input alone, and nothing in it looks like what this one is about: "
     "pods, "
     "perhaps, or network sets kept elsewhere. Compiled without them, an Allow lets no one in, a Deny stops "
     "no one "
     "and a negated selector excludes no one. Give the missing objects with --inventory.",
     "Calico felix/labelindex/named_port_index.go: the members of a set are endpoints and network sets"},
    "nothing in the input has the labels that selector `{}` asks for, so {}"};

inline constexpr DiagnosticKind<> no_ip_version_left{
    {"UT304", "no-ip-version-left", Severity::Warning, Compile::GoesOn,
     "The parts of a rule belong to different IP versions, so the rule exists in neither.",
     "Felix makes a rule once for each IP version and leaves it out where a list of nets has no prefix of "
     "that "
     "version. `protocol: ICMP` is IPv4; together with IPv6 nets it leaves nothing.",
     "Calico felix/rules/policy.go, FilterRuleToIPVersion"},
    "this rule exists in no IP version: its parts belong to different ones"};

inline constexpr DiagnosticKind<std::string_view> icmp_restricts_nothing{
    {"UT305", "icmp-restricts-nothing", Severity::Warning, Compile::GoesOn,
     "An `icmp` or `notICMP` without a type restricts nothing.",
     "The rule matches every packet of its protocol, as if the field were not there.",
     "Calico felix/rules/policy.go, CalculateRuleMatch", Fixable::Safely},
    "`{}` without `type` restricts nothing"};

inline constexpr DiagnosticKind<std::string_view, std::string_view> policy_without_endpoints{
    {"UT307", "policy-without-endpoints", Severity::Warning, Compile::GoesOn,
     "An untracked policy selects none of the host endpoints in the input.",
     "Untracked policy acts on host endpoints alone, so this one does nothing anywhere. Often a label is "
     "misspelt on "
     "one of the two sides.",
     "Calico felix/calc/active_rules_calculator.go; felix/rules/static.go: workload traffic never meets "
     "untracked "
     "policy"},
    "untracked policy `{}` reaches no host endpoint: none in the input matches `{}`"};

// ---- UT40x: interfaces

inline constexpr DiagnosticKind<std::string_view> all_interfaces_endpoint{
    {"UT401", "all-interfaces-endpoint", Severity::Error, Compile::GoesOn,
     "Untracked policy selects a host endpoint with interfaceName `*`, where it has no effect.",
     "Felix renders untracked policy for named interfaces only; for `*` it logs a warning and makes no raw "
     "chains. The traffic stays tracked, and an untracked Deny denies nothing.",
     "Calico felix/dataplane/linux/endpoint_mgr.go, updateHostEndpoints"},
    "untracked policy has no effect on host endpoint `{}`: its interface is `*`"};

inline constexpr DiagnosticKind<std::string_view, std::string_view> workload_interface{
    {"UT402", "workload-interface", Severity::Warning, Compile::GoesOn,
     "A host endpoint names an interface that belongs to workloads by its prefix.",
     "Felix never gives an interface whose name begins with InterfacePrefix to a host endpoint. None of the "
     "policy that selects this endpoint acts.",
     "Calico felix/dataplane/linux/endpoint_mgr.go, resolveHostEndpoints"},
    "host endpoint `{}` has no effect: `{}` is a workload interface by its prefix"};

inline constexpr DiagnosticKind<std::string_view, std::string_view> excluded_interface{
    {"UT403", "excluded-interface", Severity::Warning, Compile::GoesOn,
     "A host endpoint names an interface that InterfaceExclude leaves out.",
     "Felix does not look at such an interface, not even by name. None of the policy that selects this "
     "endpoint "
     "acts.",
     "Calico felix/ifacemonitor/iface_monitor.go, storeAndNotifyLinkInner"},
    "host endpoint `{}` has no effect: `interfaceExclude` leaves `{}` out"};

inline constexpr DiagnosticKind<std::string_view, std::string_view, std::string_view> interface_beyond_us{
    {"UT407", "interface-beyond-us", Severity::Warning, Compile::Refused,
     "A host endpoint governs an interface whose name no host endpoint could write, and which is not "
     "compiled.",
     "An endpoint that is bound by address governs whatever interface has the address, and the kernel allows "
     "nearly "
     "any byte in the name of one. Calico allows letters, digits, `_`, `.` and `-` in an `interfaceName`, "
     "and "
     "artifacts hold nothing else: quotes and the like would be read as rules. Rename the interface, or "
     "correct the "
     "Node document if no interface is called like that.",
     "Calico libcalico-go/lib/validator/v3/validator.go, interfaceRegex; Linux net/core/dev.c, "
     "dev_valid_name"},
    "node `{}` has interface `{}` with an address of host endpoint `{}`: that name cannot be compiled"};

inline constexpr DiagnosticKind<std::string_view, std::string_view> unknown_interface{
    {"UT404", "unknown-interface", Severity::Warning, Compile::Refused,
     "A host endpoint is bound by address only, and nothing says which interface has the address.",
     "Such an endpoint governs the interfaces that have one of its expectedIPs. Without that knowledge the "
     "node's rules would be those of a host where the endpoint does not exist, so nothing is compiled.",
     "Calico felix/dataplane/linux/endpoint_mgr.go, resolveHostEndpoints"},
    "no interface of node `{1}` is known to have an address of host endpoint `{0}`"};

inline constexpr DiagnosticKind<std::string_view, std::string_view, std::string_view> inactive_endpoint{
    {"UT405", "inactive-endpoint", Severity::Warning, Compile::GoesOn,
     "Another host endpoint governs the same interface.",
     "Of several host endpoints for one interface only the one whose name sorts first is active; a match by "
     "name "
     "does not win over a match by address. The policy that selects the other ones does not act.",
     "Calico felix/dataplane/linux/endpoint_mgr.go, resolveHostEndpoints"},
    "host endpoint `{}` is inactive on `{}`: `{}` sorts before it"};

inline constexpr DiagnosticKind<std::string_view, std::string_view> unknown_node{
    {"UT406", "unknown-node", Severity::Warning, Compile::GoesOn,
     "A host endpoint names a node that is not among the Node documents of the input.",
     "Felix takes the host endpoints whose `node` is its own host name, to the letter. One with a misspelt "
     "name "
     "is inert.",
     "Calico felix/calc/calc_graph.go, endpointHostnameFilter"},
    "host endpoint `{}` belongs to node `{}`, which the input does not describe"};

// ---- UT41x: rules

inline constexpr DiagnosticKind<> http_in_untracked_rule{
    {"UT411", "http-in-untracked-rule", Severity::Error, Compile::Refused,
     "A rule of untracked policy restricts HTTP, which cannot be compiled.",
     "Packet rules cannot see HTTP. Felix leaves the restriction out, so that an Allow lets through more "
     "than is "
     "written.",
     "Calico felix/rules/policy.go, CalculateRuleMatch"},
    "`http` cannot be compiled: Felix would ignore it and match more"};

inline constexpr DiagnosticKind<> protocol_and_not_protocol{
    {"UT412", "protocol-and-not-protocol", Severity::Error, Compile::GoesOn,
     "A rule has both `protocol` and `notProtocol`.",
     "Calico takes it, but Felix then writes a line with two -p flags, which iptables refuses together with "
     "the "
     "whole table. Compiled here, both hold.",
     "Calico felix/rules/policy.go, CalculateRuleMatch; iptables(8): multiple -p flags not allowed"},
    "`protocol` and `notProtocol` in one rule: iptables would refuse Felix's whole table"};

inline constexpr DiagnosticKind<std::string_view, std::string_view> endpoint_without_addresses{
    {"UT413", "endpoint-without-expected-ips", Severity::Warning, Compile::GoesOn,
     "The selector of a rule matches a host endpoint that has no expectedIPs.",
     "The addresses that a rule's selector stands for come from expectedIPs alone; those of the interface "
     "are "
     "never learned. The endpoint is selected and still not matched by any packet.",
     "Calico felix/labelindex/named_port_index.go"},
    "selector `{}` matches host endpoint `{}`, which gives no address: it has no expectedIPs"};

inline constexpr DiagnosticKind<std::string_view, std::string_view> not_nets_of_one_version{
    {"UT414", "not-nets-of-one-version", Severity::Warning, Compile::GoesOn,
     "A `notNets` list with prefixes of one IP version takes the rule away from the other version.",
     "`notNets: [10.0.0.0/8]` reads like everything but 10/8, yet Felix leaves the whole rule out for IPv6 "
     "because none of the prefixes is IPv6: such a Deny denies no IPv6 packet, such an Allow allows none.",
     "Calico felix/rules/policy.go, FilterRuleToIPVersion, filterNets"},
    "this rule matches no {} packet: `notNets` has only {} prefixes"};

inline constexpr DiagnosticKind<std::uint8_t, std::string_view> icmp_by_number{
    {"UT440", "icmp-by-number", Severity::Error, Compile::GoesOn,
     "A rule with an ICMP type names its protocol by number and says nothing of the IP version.",
     "`protocol: ICMP` is IPv4 and `protocol: ICMPv6` is IPv6, but the numbers 1 and 58 belong to neither: "
     "Felix writes the rule for both. In the table of the wrong version iptables and nft refuse the line, "
     "and "
     "the "
     "whole table with it: no rule of the node is updated any more. The artifacts of this program have the "
     "rule in its own version alone.",
     "Calico felix/rules/policy.go, FilterRuleToIPVersion; iptables-extensions(8), icmp and icmp6"},
    "Felix would write this ICMP type for protocol {} into the {} table, too, which is then refused"};

inline constexpr DiagnosticKind<std::string_view> all_interfaces_in_ebpf{
    {"UT442", "all-interfaces-in-ebpf-mode", Severity::Error, Compile::GoesOn,
     "Untracked policy selects a host endpoint with interfaceName `*`, and the node runs in eBPF mode.",
     "In eBPF mode the ingress rules of such an endpoint act, as XDP programs on all data interfaces, while "
     "its egress rules, which are made of iptables rules, do not. Requests come in untracked and every reply "
     "is tracked: connections time out. Nothing is compiled for it.",
     "Calico felix/dataplane/linux/bpf_ep_mgr.go; felix/dataplane/linux/endpoint_mgr.go, "
     "updateHostEndpoints"},
    "with `bpfEnabled` ingress rules act on host endpoint `{}` and egress rules do not: its interface is "
    "`*`"};

DiagnosticList diagnostics();

}  // namespace untrack::passes
