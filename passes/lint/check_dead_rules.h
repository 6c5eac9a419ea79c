// Which rules can no packet reach? UT311 names the rules that take everything first, together if it takes
// several; UT312 is the case where they are failsafe ports. Rules that match nothing by themselves (an empty
// address set) are another matter, reported where the set is made.
#pragma once
#include "passes/lint/lint.h"
#include "passes/lint/subject.h"

namespace untrack::passes::lint {

void check_dead_rules(const Subject& subject, NodeFindings& findings);

}  // namespace untrack::passes::lint
