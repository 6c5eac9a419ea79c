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
     "felix/calc/validation_filter.go"},
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

}  // namespace untrack::frontend::resources
