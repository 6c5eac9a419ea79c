// One rule: its statements, up to the end of the line (nft(8), "STATEMENTS").
#pragma once
#include "verify/nft/ast.h"
#include "verify/nft/cursor.h"

namespace untrack::verify::nft {

Rule parse_rule(Cursor& at, Script& script);

}  // namespace untrack::verify::nft
