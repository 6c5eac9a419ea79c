// Ruleset -> one nft script: `nft/untrack.nft`, table `inet untrack`.
#pragma once
#include "backends/backend.h"

namespace untrack::backends::nft {

std::vector<Artifact> emit(const ir::Ruleset& ruleset, const Options& options, Diagnostics& diagnostics);

}  // namespace untrack::backends::nft
