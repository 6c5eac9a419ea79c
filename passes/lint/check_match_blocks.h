// UT426: which rules does Felix widen? What does not fit one line becomes a block of lines that set a mark
// bit, and the bit of the second block is still set when the third one asks for it (docs/semantics.md,
// "Blocks of alternatives"). Exact: reported only where some packet's fate would change, and with that
// packet.
#pragma once
#include "passes/lint/subject.h"
#include "support/diagnostic.h"

namespace untrack::passes::lint {

void check_match_blocks(const Subject& subject, Diagnostics& diagnostics);

}  // namespace untrack::passes::lint
