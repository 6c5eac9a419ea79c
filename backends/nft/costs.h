// What the lowering chooses by: where one form begins to be faster than another. Measured with `./dev bench
// packets` and with scripts by hand in the same way; the figures are in docs/performance.md, "What the nft
// lowering chooses by". A plain rule costs 14 ns and a lookup in a hash table 60 where an empty raw table
// costs 320.
#pragma once
#include <cstddef>

namespace untrack::backends::nft {

// Rules of sorted packets that stand as they are: a map and the way to another chain cost as much, and a
// short list is easier to read.
inline constexpr std::size_t kLinearRules = 4;

// Ports or ranges that stand in rules instead of a map.
inline constexpr std::size_t kPortsInRules = 4;

// A range of so many ports at most becomes single elements of a hash table; a wider one stands in a tree of
// its own, which is asked second and costs about twice as much. 65,536 elements, more than which there cannot
// be, load in 0.6 s.
inline constexpr int kExpandedPorts = 16;

// Rules that do not look at the port stand in every branch of a map. All branches together may hold this many
// rules for each rule of the list, and some more for short lists. A choice for size, not for speed.
inline constexpr std::size_t kCopies = 4, kMoreCopies = 20'000;

// Up to here a list in the rule is as fast as a set and easier to read; a list of one is a plain compare.
inline constexpr std::size_t kInlineElements = 8;

// From here on a hash table for each length of prefix is faster than a tree of intervals, unless there are
// too many lengths.
inline constexpr std::size_t kHashedPrefixes = 1000, kMostHashes = 8;

// Room in a hash table for each element: what is not in it then mostly meets an empty bucket.
inline constexpr std::size_t kHashRoom = 2;

}  // namespace untrack::backends::nft
