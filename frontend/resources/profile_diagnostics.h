// Objects that nobody checks, and what follows from objects that are not there.
#pragma once
#include <string>
#include <string_view>

#include "support/diagnostic.h"

namespace untrack::frontend::resources {

inline constexpr DiagnosticKind<std::string> unchecked_in_profile{
    {"UT190", "unchecked-in-profile", Severity::Warning, Compile::GoesOn,
     "A profile with something that is refused in a policy.",
     "Profiles have no schema, so every tool accepts it. Felix then does not do what the text says, or takes "
     "the rules of "
     "the profile for missing, which denies.",
     "Calico api/config/crd (no profile); typha/pkg/validator/v1/validator.go"},
    "in a policy this is refused: {}"};

inline constexpr DiagnosticKind<> default_allow_changed{
    {"UT165", "default-allow-changed", Severity::Error, Compile::Refused,
     "The built-in profile `projectcalico-default-allow` with rules or labels of its own.",
     "The profile is fixed, it allows everything and gives no labels; every server refuses to change it.",
     "Calico libcalico-go/lib/backend/k8s/resources/profile.go"},
    "the profile `projectcalico-default-allow` is built in: it allows everything, and gives no labels"};

inline constexpr DiagnosticKind<std::string_view> missing_profile{
    {"UT147", "missing-profile", Severity::Info, Compile::GoesOn,
     "A host endpoint names a profile that the input does not have.",
     "Which labels it inherits is then unknown, and so is whether a selector matches it. If the cluster does "
     "not have "
     "the profile either, it denies what no policy allows. Give the Profile as inventory.",
     "Calico felix/calc/active_rules_calculator.go"},
    "profile `{}` is not in the input, so the labels that it gives are unknown"};

inline constexpr DiagnosticKind<std::string_view> assumed_namespace{
    {"UT192", "assumed-namespace", Severity::Info, Compile::GoesOn,
     "A namespace is mentioned and not described, and a selector asks for labels of namespaces.",
     "Its labels are unknown but for the built-in ones: the selector may match it in the cluster and not "
     "here. Give the "
     "Namespace object as inventory.",
     "Calico libcalico-go/lib/backend/k8s/conversion/conversion.go (NamespaceToProfile)"},
    "the labels of namespace `{}` are unknown, and a selector asks for labels of namespaces"};

inline constexpr DiagnosticKind<std::string_view> assumed_service_account{
    {"UT193", "assumed-service-account", Severity::Info, Compile::GoesOn,
     "A service account is mentioned and not described, and a selector asks for labels of service accounts.",
     "Its labels are unknown but for the built-in one: the selector may match it in the cluster and not "
     "here. Give the "
     "ServiceAccount object as inventory.",
     "Calico libcalico-go/lib/backend/k8s/conversion/conversion.go (serviceAccountToProfile)"},
    "the labels of service account `{}` are unknown, and a selector asks for labels of service accounts"};

}  // namespace untrack::frontend::resources
