// What every Ruleset promises, checked around each pass in debug and test builds.
#pragma once
#include <optional>
#include <string>

#include "ir/ruleset.h"

namespace untrack::ir {

// A sentence that says what is broken, or nothing.
std::optional<std::string> broken_invariant(const Ruleset& ruleset);

}  // namespace untrack::ir
