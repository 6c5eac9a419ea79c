// Ruleset -> nft table: how each construct becomes rules, exactly. docs/backends.md tells why in this form.
#pragma once
#include <span>

#include "backends/backend.h"
#include "backends/nft/model.h"

namespace untrack::backends::nft {

// Of these directions alone: a table has no base chain for others.
Table lower(const ir::Ruleset& ruleset, const Options& options,
            std::span<const ir::Direction> directions = ir::kDirections);

}  // namespace untrack::backends::nft
