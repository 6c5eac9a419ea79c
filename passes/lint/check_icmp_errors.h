// Do the errors about untracked traffic arrive? UT205: a router that cannot forward a large packet says so in
// an ICMP message about it; conntrack does not know the packet, so a message that is tracked is INVALID and
// dropped, and the sender never learns to send smaller ones (docs/semantics.md, "ICMP errors").
#pragma once
#include "passes/lint/subject.h"
#include "support/diagnostic.h"

namespace untrack::passes::lint {

void check_icmp_errors(const Subject& subject, Diagnostics& diagnostics);

}  // namespace untrack::passes::lint
