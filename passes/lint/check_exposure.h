// What does an untracked ingress Allow let in that its author cannot have meant? UT501: every local port, for
// a sender that picks the right source port. UT502: everything, for anyone. Untracked policy comes before all
// other policy, so nothing later can take it back.
#pragma once
#include "passes/lint/subject.h"
#include "support/diagnostic.h"

namespace untrack::passes::lint {

void check_exposure(const Subject& subject, Diagnostics& diagnostics);

}  // namespace untrack::passes::lint
