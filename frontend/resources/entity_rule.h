// `source` and `destination` of a rule.
#pragma once
#include <optional>

#include "frontend/resources/scalars.h"
#include "ir/policy.h"

namespace untrack::frontend::resources {

// Selectors come out effective, in the namespace of the context.
std::optional<ir::EntityRule> entity_rule(Context& context, const Entry& entry);

}  // namespace untrack::frontend::resources
