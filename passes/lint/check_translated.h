// Packets that only reach something once their destination is translated: to services, node ports, host
// ports. Untracked packets skip NAT.
#pragma once
#include "passes/lint/subject.h"

namespace untrack::passes::lint {

void check_translated(const Subject& subject, Diagnostics& diagnostics);

}  // namespace untrack::passes::lint
