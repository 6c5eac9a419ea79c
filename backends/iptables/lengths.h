// A hash of nets is asked for each length of prefix that it holds, so rare lengths are split into longer
// ones.
#pragma once
#include <map>
#include <span>
#include <vector>

#include "ir/prefix_lengths.h"

namespace untrack::backends::iptables {

// For each length the one that its elements are split into, often itself; of few elements always.
std::map<int, int> fewer_lengths(const ir::LengthCounts& counts);

// The same addresses.
std::vector<ir::Cidr> of_fewer_lengths(std::span<const ir::Cidr> nets);

}  // namespace untrack::backends::iptables
