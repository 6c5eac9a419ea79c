// What a node cannot do without, and a Deny may catch: neighbour discovery, the tunnels between nodes.
#pragma once
#include "passes/lint/subject.h"

namespace untrack::passes::lint {

void check_infrastructure(const Subject& subject, Diagnostics& diagnostics);

}  // namespace untrack::passes::lint
