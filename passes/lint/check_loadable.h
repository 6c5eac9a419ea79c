// What Calico cannot load: ICMP codes where it uses nftables (UT424, UT425), Reject as deny action (UT428).
// One rule of that kind costs the whole ruleset of the node.
#pragma once
#include "passes/lint/subject.h"
#include "support/diagnostic.h"

namespace untrack::passes::lint {

void check_loadable(const Subject& subject, Diagnostics& diagnostics);

}  // namespace untrack::passes::lint
