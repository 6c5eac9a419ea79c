// What WorkloadEndpoints and Pods have in common.
#pragma once
#include <string_view>

#include "frontend/resources/object.h"

namespace untrack::frontend::resources {

ir::WorkloadEndpoint named_workload(const Object& object);
// Own labels without those that would pass for inherited ones, and what Calico adds (an empty text adds
// nothing).
void label_workload(const Object& object, std::string_view orchestrator, std::string_view service_account,
                    ir::Labelled& into);

}  // namespace untrack::frontend::resources
