// Whether the bit of the packet mark for the host's filter is one that the node's own Calico uses.
#pragma once
#include "backends/backend.h"
#include "ir/policy.h"
#include "support/diagnostic.h"

namespace untrack::driver {

// By what FelixConfiguration says; its built-in mask is not held against anyone.
void check_mark(const backends::Options& options, const ir::PolicySet& policies, Diagnostics& diagnostics);

}  // namespace untrack::driver
