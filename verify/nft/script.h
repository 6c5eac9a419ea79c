// A whole script: commands in order, applied to an empty ruleset (nft(8), "RULESET" .. "ELEMENTS").
#pragma once
#include <string_view>

#include "verify/nft/ast.h"
#include "verify/nft/cursor.h"

namespace untrack::verify::nft {

enum class MarkTests : bool { Refused, Understood };

// Throws Refused. Every name that is used exists in the result, and the kernel would take every set. Where a
// bit of the packet mark is tested, no rule that the same packets meet writes it.
Script parse_script(std::string_view text, MarkTests mark_tests = MarkTests::Refused);

// `type filter hook prerouting priority raw`. Throws Refused.
Hook parse_hook(Cursor& at);

}  // namespace untrack::verify::nft
