// What Calico refuses in policies and tiers.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "support/diagnostic.h"

namespace untrack::frontend::resources {

inline constexpr DiagnosticKind<> untracked_and_pre_dnat{
    {"UT110", "untracked-and-pre-dnat", Severity::Error, Compile::Refused,
     "A policy with doNotTrack and preDNAT.",
     "The schema refuses the policy: it belongs either before connection tracking or before address "
     "translation. Only "
     "the schema looks; the validator of older tools lets it through.",
     "Calico api/pkg/apis/projectcalico/v3/globalnetworkpolicy.go (CEL)"},
    "`doNotTrack` and `preDNAT` cannot both be true"};

inline constexpr DiagnosticKind<std::string_view> pre_dnat_egress{
    {"UT111", "pre-dnat-egress", Severity::Error, Compile::Refused, "A preDNAT policy for egress.",
     "The schema refuses the policy: address translation that it could precede exists on the way in only.",
     "Calico api/pkg/apis/projectcalico/v3/globalnetworkpolicy.go (CEL)"},
    "a `preDNAT` policy {}"};

inline constexpr DiagnosticKind<std::string_view> apply_on_forward_missing{
    {"UT112", "apply-on-forward-missing", Severity::Error, Compile::Refused,
     "A doNotTrack or preDNAT policy without applyOnForward.",
     "The schema refuses the policy: it also meets traffic that the host only forwards, and the text must "
     "say so.",
     "Calico api/pkg/apis/projectcalico/v3/globalnetworkpolicy.go (CEL)", Fixable::Safely},
    "a policy with `{}: true` needs `applyOnForward: true`"};

inline constexpr DiagnosticKind<std::string_view> empty_types{
    {"UT116", "empty-types", Severity::Warning, Compile::GoesOn, "`types: []`.",
     "calicoctl takes it as if it were not there, the API server refuses the policy.",
     "Calico api/pkg/apis/projectcalico/v3/globalnetworkpolicy.go (MinItems); "
     "api/pkg/defaults/networkpolicy.go",
     Fixable::Safely},
    "`{}` is empty: calicoctl takes it as absent, the API server refuses it"};

inline constexpr DiagnosticKind<std::string_view> staged_delete_not_empty{
    {"UT122", "staged-delete-not-empty", Severity::Error, Compile::Refused,
     "A staged deletion that holds more than the tier.", "The validator refuses the policy.",
     "Calico libcalico-go/lib/validator/v3/validator.go", Fixable::Unsafely},
    "`stagedAction: Delete` allows no `{}`"};

inline constexpr DiagnosticKind<std::string_view, std::string_view, std::string_view> built_in_tier_changed{
    {"UT175", "built-in-tier-changed", Severity::Error, Compile::Refused,
     "A built-in tier with values of its own.",
     "The schema refuses the tier: order and default action of `kube-admin`, `default` and `kube-baseline` "
     "are fixed, "
     "and must be written.",
     "Calico api/pkg/apis/projectcalico/v3/tier.go (CEL)"},
    "tier `{}` must have `{}: {}`"};

}  // namespace untrack::frontend::resources
