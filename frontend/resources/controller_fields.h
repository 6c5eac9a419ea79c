// Fields of KubeControllersConfiguration that have no part in policy on hosts: their types are checked, their
// values left alone (Calico api/pkg/apis/projectcalico/v3/kubecontrollersconfig.go).
#pragma once
#include "frontend/resources/scalars.h"

namespace untrack::frontend::resources {

struct OtherController {};

inline constexpr Field<OtherController> kReconcilerFields[] = {
    checked<OtherController, duration>("reconcilerPeriod"),
};
inline constexpr Field<OtherController> kLoadBalancerFields[] = {checked<OtherController, text>("assignIPs")};
inline constexpr Field<OtherController> kMigrationFields[] = {
    checked<OtherController, text>("policyNameMigrator"),
};
inline constexpr auto reconciler = object<OtherController, kReconcilerFields>;

}  // namespace untrack::frontend::resources
