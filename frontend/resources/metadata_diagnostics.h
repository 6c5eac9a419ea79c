// What Calico refuses in `metadata`, and objects that clash.
#pragma once
#include <string>
#include <string_view>

#include "support/diagnostic.h"

namespace untrack::frontend::resources {

inline constexpr DiagnosticKind<std::string_view, std::string_view> invalid_name{
    {"UT100", "invalid-name", Severity::Error, Compile::Refused, "A name that Calico does not allow.",
     "The server refuses the object. Names are lower case; a policy's name has at most one dot, a tier's "
     "none.",
     "Calico libcalico-go/lib/validator/v3/validator.go (validateObjectMeta, validateTier)"},
    "`{}` is no valid name: {}"};

inline constexpr DiagnosticKind<std::size_t, std::size_t> name_too_long{
    {"UT101", "name-too-long", Severity::Error, Compile::Refused, "A name that is longer than Calico allows.",
     "The server refuses the object. Longer names also do not fit the artifacts' comments.",
     "Calico libcalico-go/lib/validator/v3/validator.go (validateObjectMeta, validateTier)"},
    "the name has {} bytes, at most {} are allowed"};

inline constexpr DiagnosticKind<std::string_view> namespace_on_cluster_scoped{
    {"UT102", "namespace-on-cluster-scoped", Severity::Error, Compile::Refused,
     "A namespace on an object that belongs to no namespace.",
     "calicoctl and the API server refuse the object. A HostEndpoint or a GlobalNetworkPolicy counts for the "
     "cluster.",
     "Calico calicoctl/calicoctl/commands/common/resources.go (handleNamespace)", Fixable::Unsafely},
    "{} belongs to the cluster and takes no namespace"};

inline constexpr DiagnosticKind<std::string_view, std::string_view> invalid_key{
    {"UT103", "invalid-key", Severity::Error, Compile::Refused,
     "A label or annotation key that Calico does not allow.", "The server refuses the object.",
     "Calico libcalico-go/lib/validator/v3/validator.go; Kubernetes apimachinery (IsQualifiedName)"},
    "`{}` is no valid key of {}: up to 63 letters, digits, `-`, `_`, `.`, with a letter or digit at both "
    "ends, after an "
    "optional DNS name and `/`"};

inline constexpr DiagnosticKind<std::string_view> invalid_label_value{
    {"UT104", "invalid-label-value", Severity::Error, Compile::Refused,
     "A label value that Calico does not allow.", "The server refuses the object.",
     "Calico libcalico-go/lib/validator/v3/validator.go; Kubernetes apimachinery (IsValidLabelValue)"},
    "`{}` is no valid label value: up to 63 letters, digits, `-`, `_`, `.`, with a letter or digit at both "
    "ends"};

inline constexpr DiagnosticKind<> reserved_label{
    {"UT105", "reserved-label", Severity::Error, Compile::Refused,
     "A network set with the label that Calico itself gives to namespaced objects.",
     "The server refuses the set: the label would put it into a namespace.",
     "Calico libcalico-go/lib/validator/v3/validator.go (validateGlobalNetworkSet, validateNetworkSet)"},
    "a network set must not carry the label `projectcalico.org/namespace`"};

inline constexpr DiagnosticKind<std::size_t> annotations_too_large{
    {"UT106", "annotations-too-large", Severity::Error, Compile::Refused,
     "Annotations of more than 256 KiB together.", "The server refuses the object.",
     "Kubernetes apimachinery (TotalAnnotationSizeLimitB)"},
    "the annotations hold {} bytes, at most 262144 are allowed"};

inline constexpr DiagnosticKind<std::string> duplicate_object{
    {"UT108", "duplicate-object", Severity::Error, Compile::Refused, "The same object twice.",
     "Applied one after the other, the last one stays: the other one's rules silently vanish. Two policies "
     "of one name "
     "in different tiers are the same object too.",
     "Calico libcalico-go/lib/backend/model/resource.go (a key is kind, namespace, name)"},
    "{} is there twice"};

inline constexpr DiagnosticKind<std::string_view> unknown_tier{
    {"UT109", "unknown-tier", Severity::Error, Compile::GoesOn, "A policy in a tier that does not exist.",
     "The server refuses to create it. Where it exists all the same, Felix puts the tier last and ends it "
     "with Deny; "
     "it is compiled like that.",
     "Calico felix/calc/policy_sorter.go (NewTierInfo), felix/calc/policy_resolver.go", Fixable::Unsafely},
    "there is no tier `{}`"};

}  // namespace untrack::frontend::resources
