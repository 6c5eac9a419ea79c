// Prefixes in hash tables: a table for each length, since a packet's address is looked up under a mask.
#pragma once
#include <cstddef>
#include <map>

#include "ir/prefix_lengths.h"

namespace untrack::backends::nft {

// Every length is a lookup: rare ones, of which a normal form of a set has many, are split into longer ones
// while that costs little. For each length the one that its prefixes are split into, often itself.
std::map<int, int> hashed_lengths(const ir::LengthCounts& counts);

// How many different lengths those are.
std::size_t count_tables(const std::map<int, int>& lengths);

}  // namespace untrack::backends::nft
