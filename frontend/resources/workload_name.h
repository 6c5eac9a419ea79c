// The name of a workload endpoint follows from where it runs: NODE-k8s-POD-ENDPOINT and the like.
#pragma once
#include "frontend/resources/object.h"

namespace untrack::frontend::resources {

// Gives the object that name if it has none, as the client does; reports another one.
void name_workload(Context& context, Object& object);

}  // namespace untrack::frontend::resources
