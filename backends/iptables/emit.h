// Ruleset -> `iptables/ipset.restore`, `iptables/iptables.restore`, `iptables/ip6tables.restore`.
#pragma once
#include "backends/backend.h"

namespace untrack::backends::iptables {

std::vector<Artifact> emit(const ir::Ruleset& ruleset, const Options& options, Diagnostics& diagnostics);

}  // namespace untrack::backends::iptables
