// The lists of one rule, item by item: what another item says already, and what excludes nothing.
#pragma once
#include "ir/policy.h"
#include "support/diagnostic.h"

namespace untrack::passes::lint {

void check_lists(const ir::PolicyRule& rule, Diagnostics& diagnostics);

}  // namespace untrack::passes::lint
