// What Calico refuses where the fields of a rule meet.
#pragma once
#include <string>
#include <string_view>

#include "support/diagnostic.h"

namespace untrack::frontend::resources {

inline constexpr DiagnosticKind<> ports_without_protocol{
    {"UT130", "ports-without-protocol", Severity::Error, Compile::Refused,
     "Port numbers in a rule without protocol.",
     "The validator refuses the policy: a number is a port only of TCP, UDP or SCTP. `notProtocol` does not "
     "help. Named "
     "ports bring their protocol along.",
     "Calico libcalico-go/lib/validator/v3/validator.go (validateRule)"},
    "port numbers need `protocol: TCP`, `UDP` or `SCTP` in the rule"};

inline constexpr DiagnosticKind<std::string> ports_with_wrong_protocol{
    {"UT131", "ports-with-wrong-protocol", Severity::Error, Compile::Refused,
     "Ports in a rule whose protocol has none that Calico sees.", "The validator refuses the policy.",
     "Calico libcalico-go/lib/validator/v3/validator.go (validateRule)"},
    "a rule for {} matches no ports: only TCP, UDP and SCTP have them"};

inline constexpr DiagnosticKind<std::string_view> icmp_without_protocol{
    {"UT132", "icmp-without-protocol", Severity::Error, Compile::Refused,
     "An ICMP match in a rule whose protocol is not ICMP or ICMPv6.",
     "The schema refuses `icmp`; `notICMP` gets through, and Felix then emits a rule that iptables refuses, "
     "so that no "
     "policy of the host is updated any more.",
     "Calico api/pkg/apis/projectcalico/v3/policy_common.go (CEL); felix/rules/policy.go"},
    "`{}` needs `protocol: ICMP` or `ICMPv6` in the rule"};

inline constexpr DiagnosticKind<> icmp_code_without_type{
    {"UT133", "icmp-code-without-type", Severity::Error, Compile::Refused, "An ICMP code without its type.",
     "The schema refuses the policy: a code means something only together with the type.",
     "Calico api/pkg/apis/projectcalico/v3/policy_common.go (CEL)"},
    "an ICMP `code` needs a `type`"};

inline constexpr DiagnosticKind<std::string, int> icmp_ip_version{
    {"UT134", "icmp-ip-version", Severity::Error, Compile::Refused,
     "An ICMP protocol of the other IP version.", "The schema refuses the policy.",
     "Calico api/pkg/apis/projectcalico/v3/policy_common.go (CEL)"},
    "{} does not go with `ipVersion: {}`"};

inline constexpr DiagnosticKind<> mixed_families{
    {"UT135", "mixed-families", Severity::Error, Compile::Refused, "IPv4 and IPv6 prefixes in one rule.",
     "The validator refuses the policy. Write one rule for each IP version.",
     "Calico libcalico-go/lib/validator/v3/validator.go (validateRule)"},
    "the rule holds IPv4 and IPv6 prefixes"};

inline constexpr DiagnosticKind<std::string, int> net_ip_version{
    {"UT136", "net-ip-version", Severity::Error, Compile::Refused, "A prefix of the other IP version.",
     "The validator refuses the policy.", "Calico libcalico-go/lib/validator/v3/validator.go (validateRule)"},
    "`{}` does not go with `ipVersion: {}`"};

inline constexpr DiagnosticKind<> http_needs_tcp{
    {"UT137", "http-needs-tcp", Severity::Error, Compile::Refused,
     "An HTTP match with a protocol other than TCP.", "The schema refuses the policy.",
     "Calico api/pkg/apis/projectcalico/v3/policy_common.go (CEL)"},
    "`http` goes with `protocol: TCP` or none"};

inline constexpr DiagnosticKind<> http_needs_allow{
    {"UT138", "http-needs-allow", Severity::Error, Compile::Refused,
     "An HTTP match in a rule that does not allow.", "The schema refuses the policy.",
     "Calico api/pkg/apis/projectcalico/v3/policy_common.go (CEL)"},
    "`http` goes with `action: Allow` only"};

inline constexpr DiagnosticKind<> http_in_egress{
    {"UT139", "http-in-egress", Severity::Error, Compile::Refused, "An HTTP match in an egress rule.",
     "The validator refuses the policy.", "Calico libcalico-go/lib/validator/v3/validator.go"},
    "`http` goes with ingress rules only"};

inline constexpr DiagnosticKind<std::string_view> invalid_http_path{
    {"UT140", "invalid-http-path", Severity::Error, Compile::Refused,
     "An HTTP path that Calico does not allow.", "The server refuses the policy.",
     "Calico libcalico-go/lib/validator/v3/validator.go (validateHTTPPaths)"},
    "an HTTP path {}"};

inline constexpr DiagnosticKind<> services_with_ports{
    {"UT141", "services-with-ports", Severity::Error, Compile::Refused,
     "A service and ports in one destination.",
     "The schema refuses the policy: the ports are those of the service.",
     "Calico api/pkg/apis/projectcalico/v3/policy_common.go (CEL)"},
    "`services` brings its own ports: leave `ports` and `notPorts` out"};

inline constexpr DiagnosticKind<std::string_view, std::string_view> services_wrong_direction{
    {"UT142", "services-wrong-direction", Severity::Error, Compile::Refused,
     "A service on the side of a rule that cannot have it.", "The validator refuses the policy.",
     "Calico libcalico-go/lib/validator/v3/validator.go"},
    "`services` in `{}` goes with {} rules only"};

inline constexpr DiagnosticKind<> services_without_namespace{
    {"UT143", "services-without-namespace", Severity::Error, Compile::Refused,
     "A service without namespace in a global policy.", "The validator refuses the policy.",
     "Calico libcalico-go/lib/validator/v3/validator.go"},
    "a global policy must name the `namespace` of a service"};

inline constexpr DiagnosticKind<std::string_view> services_not_alone{
    {"UT144", "services-not-alone", Severity::Error, Compile::Refused,
     "A service beside another criterion for addresses.", "The schema refuses the policy.",
     "Calico api/pkg/apis/projectcalico/v3/policy_common.go (CEL)"},
    "`services` cannot be combined with `{}` on the same side"};

inline constexpr DiagnosticKind<> service_without_namespace{
    {"UT145", "service-without-namespace", Severity::Warning, Compile::GoesOn,
     "A service without namespace in a namespaced policy.",
     "The field's comment promises the namespace of the policy, but Felix looks for a service without "
     "namespace and "
     "finds none: the rule matches nothing.",
     "Calico libcalico-go/lib/backend/syncersv1/updateprocessors/rules.go; felix/calc/rule_scanner.go"},
    "a service without `namespace` matches nothing"};

}  // namespace untrack::frontend::resources
