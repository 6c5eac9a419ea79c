// What Calico refuses, or Felix drops, in endpoints and sets.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "support/diagnostic.h"

namespace untrack::frontend::resources {

inline constexpr DiagnosticKind<> endpoint_without_place{
    {"UT170", "endpoint-without-place", Severity::Error, Compile::Refused,
     "A HostEndpoint with neither interface nor address.",
     "The schema refuses it: nothing says which interface of the node it stands for.",
     "Calico api/pkg/apis/projectcalico/v3/hostendpoint.go (CEL)"},
    "a host endpoint needs `interfaceName` or `expectedIPs`"};

inline constexpr DiagnosticKind<std::string_view> invalid_interface_name{
    {"UT171", "invalid-interface-name", Severity::Error, Compile::Refused,
     "An interface name that Calico does not allow.",
     "The validator refuses the object. There are no patterns: `*` stands for all interfaces, anything else "
     "for one.",
     "Calico libcalico-go/lib/validator/v3/validator.go (interfaceRegex)"},
    "`{}` is no interface name: up to 15 letters, digits, `_`, `.`, `-`"};

inline constexpr DiagnosticKind<int> numeric_port_protocol{
    {"UT172", "numeric-port-protocol", Severity::Error, Compile::Refused,
     "A port of an endpoint whose protocol is a number.",
     "Every server accepts it, and then Felix drops the whole endpoint: the host is without its policy, with "
     "no more "
     "than a line in a log.",
     "Calico typha/pkg/validator/v1/validator.go (validateBackendEndpointPort); "
     "felix/calc/validation_filter.go",
     Fixable::Safely},
    "Felix drops an endpoint with a port of protocol `{}`: it wants the name"};

inline constexpr DiagnosticKind<std::string> port_protocol{
    {"UT173", "port-protocol", Severity::Error, Compile::Refused,
     "A port of an endpoint whose protocol has no ports.", "The validator refuses the object.",
     "Calico libcalico-go/lib/validator/v3/validator.go (validateEndpointPort)"},
    "a port of an endpoint is TCP, UDP or SCTP, not {}"};

inline constexpr DiagnosticKind<std::size_t> profile_name_too_long{
    {"UT174", "profile-name-too-long", Severity::Error, Compile::Refused,
     "A profile name that Felix does not take.",
     "Every server accepts it, and then Felix drops the whole endpoint: the host is without its policy.",
     "Calico typha/pkg/validator/v1/validator.go (nameRegex)"},
    "the profile name has {} bytes: Felix drops an endpoint with more than 128"};

inline constexpr DiagnosticKind<std::string_view> namespaced_host_endpoint{
    {"UT148", "namespaced-host-endpoint", Severity::Warning, Compile::GoesOn,
     "A host endpoint with a label that Calico itself gives to what lives in a namespace.",
     "Nothing stops anyone from writing it, and namespaced policies then apply to the host: a NetworkPolicy "
     "selects by "
     "`projectcalico.org/namespace`, and selectors of namespaces and service accounts by labels with `pcns.` "
     "and "
     "`pcsa.`.",
     "Calico libcalico-go/lib/backend/syncersv1/updateprocessors/networkpolicyprocessor.go"},
    "with the label `{}`, policies of namespaces take this host endpoint for one of theirs"};

inline constexpr DiagnosticKind<> dscp_not_compiled{
    {"UT149", "dscp-not-compiled", Severity::Warning, Compile::GoesOn,
     "A host endpoint that asks for a DSCP value in the packets it sends.",
     "What untrack compiles decides which packets are tracked and dropped, and writes nothing into them: on "
     "a "
     "node "
     "without Calico the packets leave unmarked.",
     "Calico libcalico-go/lib/backend/syncersv1/updateprocessors/hostendpointprocessor.go"},
    "the DSCP value that this annotation asks for is not compiled"};

inline constexpr DiagnosticKind<std::string_view> nat_of_endpoint{
    {"UT162", "nat-of-endpoint", Severity::Error, Compile::Refused,
     "A NAT of a workload endpoint that does not fit its addresses.", "The validator refuses the object.",
     "Calico libcalico-go/lib/validator/v3/validator.go (validateIPNAT, validateWorkloadEndpointSpec)"},
    "{}"};

inline constexpr DiagnosticKind<std::string_view, std::string_view> workload_name{
    {"UT163", "workload-name", Severity::Error, Compile::Refused,
     "A workload endpoint whose name does not follow from where it runs.",
     "The client refuses to create it: the name is made of node, orchestrator, workload and endpoint, with "
     "their dashes "
     "doubled. It may be left out.",
     "Calico libcalico-go/lib/names/workloadendpoint.go; libcalico-go/lib/clientv3/workloadendpoint.go"},
    "`{}` is not the name that follows from the spec: `{}`"};

inline constexpr DiagnosticKind<> port_without_name{
    {"UT164", "port-without-name", Severity::Error, Compile::Refused,
     "A port of a workload endpoint with neither a name nor a port of the host.",
     "The validator refuses the object: nothing could refer to the port.",
     "Calico libcalico-go/lib/validator/v3/validator.go (validateEndpointPort)"},
    "a port needs `name` or `hostPort`"};

inline constexpr DiagnosticKind<> empty_bgp{
    {"UT127", "empty-bgp", Severity::Error, Compile::Refused, "A Node with an empty `bgp`.",
     "The validator refuses the object: a node takes part in BGP with an address, or not at all.",
     "Calico libcalico-go/lib/validator/v3/validator.go (validateNodeSpec)"},
    "`bgp` says nothing: leave it out"};

}  // namespace untrack::frontend::resources
