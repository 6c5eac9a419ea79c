// A hash of nets is asked for each length of prefix that it holds, so rare lengths are split into longer
// ones.
#pragma once
#include <cstddef>
#include <map>
#include <span>
#include <vector>

#include "ir/cidr.h"

namespace untrack::backends::iptables {

// How many elements there are of each length.
using LengthCounts = std::map<int, std::size_t>;
LengthCounts counts_of(std::span<const ir::Cidr> nets);
std::size_t total(const LengthCounts& counts);

// For each length the one that its prefixes are split into, often itself; of few elements always.
std::map<int, int> fewer_lengths(const LengthCounts& counts);

// Adds the parts of so many bits of which the net is made.
void add_split(std::vector<ir::Cidr>& parts, const ir::Cidr& net, int bits);

// The same addresses.
std::vector<ir::Cidr> of_fewer_lengths(std::span<const ir::Cidr> nets);

}  // namespace untrack::backends::iptables
