// Ruleset -> `bpf/INTERFACE.bpf.o` for each governed interface, and `bpf/companion.nft`. Egress in nft form,
// `bpf/egress.nft`, is what the nft backend writes for `egress_only(ruleset)`.
#pragma once
#include "backends/backend.h"

namespace untrack::backends::bpf {

std::vector<Artifact> emit(const ir::Ruleset& ruleset, const Options& options, Diagnostics& diagnostics);
ir::Ruleset egress_only(const ir::Ruleset& ruleset);

}  // namespace untrack::backends::bpf
