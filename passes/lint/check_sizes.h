// Sets past what a node is set up to hold.
#pragma once
#include "passes/lint/subject.h"

namespace untrack::passes::lint {

void check_sizes(const Subject& subject, Diagnostics& diagnostics);

}  // namespace untrack::passes::lint
