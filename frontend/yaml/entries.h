// From the keys and values of a mapping as they were written to its entries: keys are text, none is there
// twice, merge keys are resolved.
#pragma once
#include <cstdint>
#include <span>

#include "frontend/yaml/tree.h"
#include "support/diagnostic.h"

namespace untrack::frontend::yaml {

// `written` are cells: key, value, key, value... Appends the entries to the tree's links, own ones in source
// order, then the merged ones (own keys win, earlier mappings win: https://yaml.org/type/merge.html), and
// returns how many they are. What is wrong is reported and left out.
std::uint32_t append_entries(Tree& tree, std::span<const std::uint32_t> written, Diagnostics& diagnostics);

}  // namespace untrack::frontend::yaml
