// What Calico and Kubernetes allow as names, label keys and label values.
#pragma once
#include <string_view>

namespace untrack::frontend::resources {

// `[a-z0-9]([-a-z0-9]*[a-z0-9])?`
bool is_dns_label(std::string_view text);
// Such labels joined by dots; the length is not looked at (Calico validator.go, nameSubdomainRegex).
bool is_dns_subdomain(std::string_view text);
// An optional DNS prefix of up to 253 bytes and `/`, then up to 63 alphanumerics, `-`, `_` and `.`,
// alphanumeric at both ends (Kubernetes apimachinery, IsQualifiedName).
bool is_qualified_name(std::string_view text);
// Empty, or as the last part of a qualified name (IsValidLabelValue).
bool is_label_value(std::string_view text);
// 1-15 lower-case letters, digits and `-`, at least one letter, no `-` at an end or twice in a row (RFC
// 6335 5.1).
bool is_port_name(std::string_view text);

// Kubernetes' limit for the names of objects (DNS1123SubdomainMaxLength), in bytes.
inline constexpr std::size_t kMaxNameBytes = 253;

}  // namespace untrack::frontend::resources
