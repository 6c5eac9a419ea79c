// UT429: where XDP is asked for, which deny lists does it leave to the raw table, and why?
#pragma once
#include "passes/lint/subject.h"
#include "support/diagnostic.h"

namespace untrack::passes::lint {

void check_acceleration(const Subject& subject, Diagnostics& diagnostics);

}  // namespace untrack::passes::lint
