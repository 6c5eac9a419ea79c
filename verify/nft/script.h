// A whole script: commands in order, applied to an empty ruleset (nft(8), "RULESET" .. "ELEMENTS").
#pragma once
#include <string_view>

#include "verify/nft/ast.h"

namespace untrack::verify::nft {

// Throws Refused. Every name that is used exists in the result, and the kernel would take every set.
Script parse_script(std::string_view text);

}  // namespace untrack::verify::nft
