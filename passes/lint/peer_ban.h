// Rules that drop whatever certain peers send or are sent: with them no conversation is wanted at all, so
// what they cut in half is no mistake.
#pragma once
#include "ir/ruleset.h"

namespace untrack::passes::lint {

bool bans_peers(const ir::Rule& rule, ir::Direction direction);

}  // namespace untrack::passes::lint
