// Failsafe ports come before all untracked policy: what of a rule do they take away, and who is locked out
// where there are none (docs/semantics.md, "Failsafe ports")?
//
//   UT313  a Deny names a failsafe port among others     UT314  an Allow does
//   UT315  a Deny of peers leaves failsafe ports open    UT504  failsafe ports are switched off
//   UT505  nothing lets ssh in
#pragma once
#include "passes/lint/subject.h"
#include "support/diagnostic.h"

namespace untrack::passes::lint {

void check_failsafes(const Subject& subject, Diagnostics& diagnostics);

}  // namespace untrack::passes::lint
