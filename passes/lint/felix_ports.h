// How Felix writes a list of ports.
#pragma once
#include <cstddef>
#include <vector>

#include "ir/policy.h"

namespace untrack::passes::lint {

// The alternatives that a list of ports becomes: full multiport matches, first fit in the order of the list,
// and a set for each named port (Calico felix/rules/policy.go, SplitPortList).
std::size_t port_matches(const std::vector<ir::PortSpec>& ports);

}  // namespace untrack::passes::lint
