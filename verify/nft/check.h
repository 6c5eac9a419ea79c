// What the kernel asks of a ruleset beyond its grammar, and what the model in nft/walk.h asks beyond the
// kernel.
#pragma once
#include "verify/nft/ast.h"

namespace untrack::verify::nft {

// Throws Refused.
void check(const Script& script);

// A base chain that decides about tracking: it sees packets before conntrack does. The others have been
// checked to change nothing that a policy speaks of.
bool decides_tracking(const Hook& hook);

}  // namespace untrack::verify::nft
