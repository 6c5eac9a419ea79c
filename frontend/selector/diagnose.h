// Why a text is no selector, in Calico's words and at the byte where Calico's code stood. The grammar decides
// what is one; a text that it refuses comes here. Both agree on every text
// (tests/unit/frontend/selector/agreement.cpp).
#pragma once
#include <optional>
#include <string_view>

#include "frontend/selector/parse.h"

namespace untrack::frontend {

// Nothing for a selector.
std::optional<SelectorError> diagnose_selector(std::string_view text);

}  // namespace untrack::frontend
