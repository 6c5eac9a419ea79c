// What Calico refuses in the parts of a rule: selectors, protocols, ports, nets.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "support/diagnostic.h"

namespace untrack::frontend::resources {

inline constexpr DiagnosticKind<std::size_t> selector_too_long{
    {"UT118", "selector-too-long", Severity::Error, Compile::Refused,
     "A selector of more than 1024 characters.", "The schema refuses the object.",
     "Calico api/pkg/apis/projectcalico/v3 (MaxLength)"},
    "the selector has {} characters, at most 1024 are allowed"};

inline constexpr DiagnosticKind<> global_in_selector{
    {"UT119", "global-in-selector", Severity::Error, Compile::Refused,
     "`global(` where only a rule's namespaceSelector may have it.",
     "The schema refuses the object, even where the text stands inside a string. In a selector it would "
     "simply be true.",
     "Calico api/pkg/apis/projectcalico/v3 (CEL rules of selector)"},
    "`global()` may stand only in the `namespaceSelector` of a rule"};

inline constexpr DiagnosticKind<> global_not_alone{
    {"UT120", "global-not-alone", Severity::Error, Compile::Refused,
     "`global()` together with something else.",
     "The server refuses the object: `global()` stands for objects without a namespace and cannot be "
     "combined.",
     "Calico libcalico-go/lib/validator/v3/validator.go (validateEntityRule)"},
    "`global()` must be the whole `namespaceSelector`"};

inline constexpr DiagnosticKind<std::string> effective_selector_broken{
    {"UT121", "effective-selector-broken", Severity::Error, Compile::Refused,
     "Selectors that are fine one by one and cannot be joined.",
     "Calico joins the selector fields as text before it parses them. Felix cannot parse the result and "
     "drops the whole "
     "policy, with no more than a line in its log.",
     "Calico libcalico-go/lib/backend/syncersv1/updateprocessors; felix/calc/validation_filter.go"},
    "the joined selectors do not parse: {}"};

inline constexpr DiagnosticKind<std::string_view> invalid_service_account_name{
    {"UT146", "invalid-service-account-name", Severity::Error, Compile::Refused,
     "A service account name that Kubernetes does not allow.",
     "No account can have it; one with a quote makes Felix drop the whole criterion, which widens the rule.",
     "Calico libcalico-go/lib/backend/syncersv1/updateprocessors/rules.go (parseServiceAccounts)"},
    "`{}` can be no service account: lower-case letters, digits, `-` and `.`"};

inline constexpr DiagnosticKind<std::string_view> unknown_protocol{
    {"UT150", "unknown-protocol", Severity::Error, Compile::Refused,
     "A protocol name that Calico does not know.",
     "The validator refuses the object. The letter case counts; protocols without a name are written as "
     "numbers.",
     "Calico api/pkg/lib/numorstring/protocol.go; libcalico-go/lib/validator/v3/validator.go",
     Fixable::Safely},
    "no protocol is called `{}`: TCP, UDP, ICMP, ICMPv6, SCTP, UDPLite or a number from 1 to 255"};

inline constexpr DiagnosticKind<std::string_view> protocol_out_of_range{
    {"UT151", "protocol-out-of-range", Severity::Error, Compile::Refused, "A protocol number outside 1-255.",
     "The decoder or the validator refuses the object.",
     "Calico api/pkg/lib/numorstring/protocol.go; libcalico-go/lib/validator/v3/validator.go"},
    "protocol `{}` is outside 1-255"};

inline constexpr DiagnosticKind<std::string_view> invalid_port{
    {"UT152", "invalid-port", Severity::Error, Compile::Refused,
     "A port that is no number, no range and no name.", "The decoder refuses the object.",
     "Calico api/pkg/lib/numorstring/port.go"},
    "`{}` is no port: write a number, a range `\"FIRST:LAST\"` or the name of a port"};

inline constexpr DiagnosticKind<std::string_view> port_range_reversed{
    {"UT153", "port-range-reversed", Severity::Error, Compile::Refused, "A port range that runs downwards.",
     "The decoder refuses the object.", "Calico api/pkg/lib/numorstring/port.go (PortFromRange)",
     Fixable::Unsafely},
    "port range `{}` ends below its start"};

inline constexpr DiagnosticKind<std::string_view> port_out_of_range{
    {"UT154", "port-out-of-range", Severity::Error, Compile::Refused, "A port outside 1-65535.",
     "The decoder or the validator refuses the object. To match every port, leave `ports` out.",
     "Calico api/pkg/lib/numorstring/port.go; libcalico-go/lib/validator/v3/validator.go (validatePort)"},
    "port `{}` is outside 1-65535"};

inline constexpr DiagnosticKind<std::string_view> invalid_port_name{
    {"UT155", "invalid-port-name", Severity::Error, Compile::Refused,
     "A port name that Calico does not allow.", "The validator refuses the object.",
     "Calico libcalico-go/lib/validator/v3/validator.go (portName); RFC 6335 section 5.1", Fixable::Safely},
    "`{}` is no port name: up to 15 lower-case letters, digits and single `-`, at least one letter"};

inline constexpr DiagnosticKind<std::string_view> invalid_net{
    {"UT156", "invalid-net", Severity::Error, Compile::Refused, "Text that is no IP prefix.",
     "The validator refuses the object. Where it exists all the same, Felix skips the entry: a list of which "
     "nothing is "
     "left restricts nothing.",
     "Calico libcalico-go/lib/validator/v3/validator.go; felix/calc, updateprocessors/rules.go"},
    "`{}` is no IP prefix such as `10.0.0.0/8` or `fd00::/64`"};

inline constexpr DiagnosticKind<std::string_view> host_bits_set{
    {"UT157", "host-bits-set", Severity::Error, Compile::Refused,
     "A prefix of a rule with bits behind its length.",
     "The validator refuses the object: it cannot know whether one address or a network was meant.",
     "Calico libcalico-go/lib/validator/v3/validator.go (net)", Fixable::Unsafely},
    "`{}` has bits behind the prefix length"};

inline constexpr DiagnosticKind<std::string_view> bare_address{
    {"UT158", "bare-address", Severity::Error, Compile::Refused,
     "An address without prefix length in the nets of a rule.",
     "The validator refuses the object; only network sets take bare addresses.",
     "Calico libcalico-go/lib/validator/v3/validator.go (scanNets)", Fixable::Safely},
    "`{}` has no prefix length"};

inline constexpr DiagnosticKind<std::string_view> catch_all_negated{
    {"UT159", "catch-all-negated", Severity::Error, Compile::Refused, "Every address in `notNets`.",
     "The validator refuses the object: the rule could never match.",
     "Calico libcalico-go/lib/validator/v3/validator.go (scanNets)"},
    "`{}` leaves no address that the rule could match"};

inline constexpr DiagnosticKind<std::string_view> mapped_address{
    {"UT160", "mapped-address", Severity::Error, Compile::Refused, "An IPv4 address in IPv6 clothes.",
     "Go takes it for IPv4 but keeps a 128-bit mask; no dataplane matches it.",
     "Go net.ParseCIDR, net.IP.To4"},
    "`{}` is an IPv4 address written as IPv6: write it as IPv4"};

inline constexpr DiagnosticKind<std::string_view> invalid_address{
    {"UT161", "invalid-address", Severity::Error, Compile::Refused, "Text that is no IP address.",
     "The validator refuses the object. Addresses of endpoints have no prefix length.",
     "Calico libcalico-go/lib/validator/v3/validator.go (ip)", Fixable::Safely},
    "`{}` is no IP address"};

inline constexpr DiagnosticKind<std::string, std::size_t, std::size_t> too_many_items{
    {"UT117", "too-many-items", Severity::Error, Compile::Refused,
     "A list that is longer than Calico allows.", "The schema refuses the object.",
     "Calico api/pkg/apis/projectcalico/v3 (MaxItems)"},
    "{} holds {} items, at most {} are allowed"};

inline constexpr DiagnosticKind<std::string_view> repeated_word{
    {"UT114", "repeated-word", Severity::Error, Compile::Refused,
     "The same word twice in a list of distinct words.", "The validator refuses the object.",
     "Calico libcalico-go/lib/validator/v3/validator.go (unique)", Fixable::Safely},
    "`{}` is there twice"};

inline constexpr DiagnosticKind<std::string_view> repeated_item{
    {"UT115", "repeated-item", Severity::Warning, Compile::GoesOn, "The same value twice in a list.",
     "calicoctl accepts it, the API server refuses the object.",
     "Calico api/config/crd (x-kubernetes-list-type: set)", Fixable::Safely},
    "`{}` is there twice, which the API server refuses"};

}  // namespace untrack::frontend::resources
