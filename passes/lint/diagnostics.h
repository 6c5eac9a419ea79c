// What the exact analyses of a node's rules find, by group.
#pragma once
#include "passes/lint/dataplane_diagnostics.h"
#include "passes/lint/exposure_diagnostics.h"
#include "passes/lint/redundancy_diagnostics.h"
#include "passes/lint/size_diagnostics.h"
#include "passes/lint/stateless_diagnostics.h"
#include "support/diagnostic.h"

namespace untrack::passes::lint {

DiagnosticList diagnostics();

}  // namespace untrack::passes::lint
