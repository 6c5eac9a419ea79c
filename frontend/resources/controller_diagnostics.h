// What the controllers make of their configuration, other than was meant.
#pragma once
#include <string_view>

#include "support/diagnostic.h"

namespace untrack::frontend::resources {

inline constexpr DiagnosticKind<> template_without_name{
    {"UT123", "template-without-name", Severity::Error, Compile::Refused,
     "A template of host endpoints with `interfacePattern` and without `generateName`.",
     "Every server accepts it. The controller cannot name an endpoint of it, stops there, and makes none of "
     "the "
     "templates behind it either.",
     "Calico kube-controllers/pkg/controllers/node/hostendpoints.go (generateAutoHostEndpointName)"},
    "a template with `interfacePattern` needs `generateName`: the controller stops at it"};

inline constexpr DiagnosticKind<std::string_view> template_of_bare_address{
    {"UT124", "template-of-bare-address", Severity::Error, Compile::Refused,
     "An address without prefix length in the `interfaceCIDRs` of a template.",
     "Every server accepts it. The controller reads prefixes only, gives up at the first other text, and "
     "takes no "
     "address of any node for the template.",
     "Calico kube-controllers/pkg/controllers/node/hostendpoints.go (getExpectedIPsMatchingInterfaceCIDRs)"},
    "`{}` has no prefix length: the controller then finds no address at all"};

inline constexpr DiagnosticKind<std::string_view> templates_of_one_name{
    {"UT125", "templates-of-one-name", Severity::Warning, Compile::GoesOn,
     "Two host endpoints made by the controller have the same name.",
     "They are one object, which each overwrites; the last one stays. A template with neither `generateName` "
     "nor "
     "`interfacePattern` has the name of the default endpoint.",
     "Calico kube-controllers/pkg/controllers/node/hostendpoints.go (createOrUpdateHostEndpoint)"},
    "the host endpoint `{}` is made twice, and the first is overwritten"};

inline constexpr DiagnosticKind<std::string_view> configuration_unread{
    {"UT126", "configuration-unread", Severity::Warning, Compile::GoesOn,
     "A KubeControllersConfiguration that is not called `default`.",
     "The controllers read the object called `default` and no other: what this one says counts nowhere.",
     "Calico kube-controllers/pkg/config/runconfig.go"},
    "the controllers do not read `{}`: their configuration is called `default`"};

}  // namespace untrack::frontend::resources
