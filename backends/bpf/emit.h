// Ruleset -> `bpf/INTERFACE.bpf.o` for each governed interface, and the rules of table raw beside the
// programs: `bpf/companion.nft`, or `bpf/iptables.restore` and `bpf/ip6tables.restore`. Egress in nft form is
// for the nft backend to write; that of iptables is by programs.
#pragma once
#include "backends/backend.h"

namespace untrack::backends::bpf {

std::vector<Artifact> emit(const ir::Ruleset& ruleset, const Options& options, Diagnostics& diagnostics);

}  // namespace untrack::backends::bpf
