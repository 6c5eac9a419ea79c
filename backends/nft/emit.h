// Ruleset -> one nft script: `nft/untrack.nft`, table `inet untrack`.
#pragma once
#include <string>

#include "backends/backend.h"

namespace untrack::backends::nft {

std::vector<Artifact> emit(const ir::Ruleset& ruleset, const Options& options, Diagnostics& diagnostics);

// Egress alone, for a target that has other means at ingress. The path is the caller's.
Artifact emit_egress(const ir::Ruleset& ruleset, const Options& options, Diagnostics& diagnostics,
                     std::string path);

}  // namespace untrack::backends::nft
