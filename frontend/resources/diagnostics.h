// All kinds of diagnostic of the resource decoder.
#pragma once
#include "support/diagnostic.h"

namespace untrack::frontend::resources {

DiagnosticList diagnostics();

}  // namespace untrack::frontend::resources
