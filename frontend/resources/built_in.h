// What every cluster has without anyone writing it.
#pragma once
#include <array>

#include "ir/policy.h"

namespace untrack::frontend::resources {

// Created by Calico at its first start (libcalico-go/lib/names/policy.go, api/admission).
std::array<ir::Tier, 3> built_in_tiers();
inline constexpr std::string_view kDefaultAllowProfile = "projectcalico-default-allow";
// Allows everything, gives no labels (libcalico-go/lib/backend/k8s/resources/profile.go).
ir::ProfileRules allow_everything();
ir::Profile default_allow_profile();

}  // namespace untrack::frontend::resources
