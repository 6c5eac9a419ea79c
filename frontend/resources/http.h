// `http` of a rule. No dataplane that we compile for can match it, so only its form is looked at.
#pragma once
#include <optional>
#include <variant>

#include "frontend/resources/scalars.h"

namespace untrack::frontend::resources {

std::optional<std::monostate> http_match(Context& context, const Entry& entry);

}  // namespace untrack::frontend::resources
