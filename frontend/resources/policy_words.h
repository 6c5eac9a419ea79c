// What all kinds of policy have in common.
#pragma once
#include <string_view>

#include "frontend/resources/object.h"

namespace untrack::frontend::resources {

inline constexpr std::string_view kPolicyTypes[] = {"Ingress", "Egress"};
inline constexpr std::string_view kStagedActions[] = {"Set", "Delete", "Learn", "Ignore"};

// Not yet more than its name.
ir::Policy named_policy(const Object& object, ir::PolicyKind kind);

}  // namespace untrack::frontend::resources
