// Objects of crd.projectcalico.org/v1: how Calico stores its own in a cluster without native CRDs.
#pragma once
#include "frontend/resources/object.h"

namespace untrack::frontend::resources {

// The name and labels that the object has for users (Calico
// libcalico-go/lib/backend/k8s/resources/resources.go, ConvertK8sResourceToCalicoResource).
void restore_metadata(Context& context, bool is_policy, Object& object);

}  // namespace untrack::frontend::resources
