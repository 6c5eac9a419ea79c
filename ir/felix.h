// Calico's settings for one node.
#pragma once
#include "ir/policy.h"

namespace untrack::ir {

inline constexpr std::string_view kDefaultInterfaceExclude = "kube-ipvs0";

// The built-in values of Felix (Calico felix/config/config_params.go, Config).
FelixSettings built_in_felix_settings();

// By field: built-in < `default` < the one winning object with a node selector < `node.NAME`. Of several whose
// selector matches the node's labels only the oldest counts, whole (creationTimestamp, then name).
FelixSettings felix_settings(const PolicySet& policies, std::string_view node);

// Text `calico-packet` etc. with %t tier, %k kind, %n name, %p namespace/name filled in, then ": "
// (Calico felix/rules/policy.go, generateLogPrefix).
std::string log_prefix(const FelixSettings& settings, const Policy& policy);

}  // namespace untrack::ir
