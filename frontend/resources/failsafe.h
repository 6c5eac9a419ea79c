// The failsafe ports of FelixConfiguration.
#pragma once
#include <optional>

#include "frontend/resources/scalars.h"
#include "ir/policy.h"

namespace untrack::frontend::resources {

std::optional<ir::FailsafePort> failsafe_port(Context& context, const Entry& entry);

}  // namespace untrack::frontend::resources
