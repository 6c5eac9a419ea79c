// Untracked Deny against tracked traffic: a Deny knows no connections, so it also drops the replies to what
// ordinary policy allows.
#pragma once
#include "passes/lint/subject.h"

namespace untrack::passes::lint {

// Both subjects of one node, in one space.
void check_dropped_replies(const Subject& untracked, const Subject& ordinary, Diagnostics& diagnostics);

}  // namespace untrack::passes::lint
