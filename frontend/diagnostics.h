// All kinds of diagnostic of the front end.
#pragma once
#include "support/diagnostic.h"

namespace untrack::frontend {

DiagnosticList diagnostics();

}  // namespace untrack::frontend
