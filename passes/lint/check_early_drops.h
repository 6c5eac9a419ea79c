// XDP acceleration drops before any tier is asked: a Deny of a later tier then wins over an Allow of an
// earlier one.
#pragma once
#include "passes/lint/subject.h"

namespace untrack::passes::lint {

void check_early_drops(const Subject& subject, Diagnostics& diagnostics);

}  // namespace untrack::passes::lint
