// `filter/accept.nft`: the rule that lets packets with the mark through a chain of the host's own filter. It
// says neither table nor chain; `apply` inserts it at the head of each.
#pragma once
#include "backends/backend.h"

namespace untrack::backends::nft {

Artifact accept_in_filter(MarkBit mark);
// `meta mark & 0x00010000 == 0x00010000 accept`
std::string accept_rule(MarkBit mark);

}  // namespace untrack::backends::nft
