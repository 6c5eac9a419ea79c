// Adding address sets to a ruleset together with the text that says what they stand for.
#pragma once
#include <string_view>

#include "ir/ruleset.h"

namespace untrack::passes {

// `origin` may be empty. Of several origins of one content the first is kept, and that there are others is
// said.
ir::AddressSetId intern_addresses(ir::Ruleset& ruleset, ir::AddressSet addresses, std::string_view origin);

}  // namespace untrack::passes
