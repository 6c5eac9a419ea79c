// A whole script: commands in order, applied to an empty ruleset (nft(8), "RULESET" .. "ELEMENTS").
#pragma once
#include <string_view>

#include "verify/nft/ast.h"
#include "verify/nft/cursor.h"

namespace untrack::verify::nft {

// Throws Refused. Every name that is used exists in the result, and the kernel would take every set.
Script parse_script(std::string_view text);

// `type filter hook prerouting priority raw`. Throws Refused.
Hook parse_hook(Cursor& at);

}  // namespace untrack::verify::nft
