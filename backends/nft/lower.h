// Ruleset -> nft table: how each construct becomes rules, exactly. docs/backends.md tells why in this form.
#pragma once
#include "backends/backend.h"
#include "backends/nft/model.h"

namespace untrack::backends::nft {

Table lower(const ir::Ruleset& ruleset, const Options& options);

}  // namespace untrack::backends::nft
