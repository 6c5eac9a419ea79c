// Whether the bit of the packet mark that says "allowed by untracked policy" is one that the node's own
// Calico uses: that which the host's filter goes by, or by which BPF programs tell the rules beside them.
#pragma once
#include <span>

#include "backends/backend.h"
#include "driver/options.h"
#include "ir/policy.h"
#include "support/diagnostic.h"

namespace untrack::driver {

// By what FelixConfiguration says; its built-in mask is not held against anyone.
void check_mark(const backends::Options& options, std::span<const Target> targets,
                const ir::PolicySet& policies, Diagnostics& diagnostics);

}  // namespace untrack::driver
