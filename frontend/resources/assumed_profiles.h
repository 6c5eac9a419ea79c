// Namespaces and service accounts that objects mention and no document describes.
#pragma once
#include "ir/policy.h"
#include "support/diagnostic.h"

namespace untrack::frontend::resources {

// They exist with their built-in labels; where a selector asks for others, a note says that these are
// unknown.
void add_assumed_profiles(ir::PolicySet& into, Diagnostics& diagnostics);

}  // namespace untrack::frontend::resources
