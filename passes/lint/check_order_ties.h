// UT321: where two policies of one tier have the same order, their names decide which comes first. Does it
// matter? Exact: reported only if some packet's fate would be another one the other way round.
#pragma once
#include "passes/lint/subject.h"
#include "support/diagnostic.h"

namespace untrack::passes::lint {

void check_order_ties(const Subject& subject, Diagnostics& diagnostics);

}  // namespace untrack::passes::lint
