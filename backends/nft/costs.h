// What the lowering chooses by: where one form begins to be faster than another. Measured with `./dev bench
// packets` and with scripts by hand in the same way; the figures are in docs/performance.md, "What the nft
// lowering chooses by". A plain rule costs 14 ns and a lookup in a hash table 60 where an empty raw table
// costs 320.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "ir/prefix_tables.h"

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

// Of lists that are split by address: so many copies for each rule and each of its nets as well, and these
// more.
inline constexpr std::size_t kFreeCopies = 2'000;

// Up to here a rule for each prefix is as fast as one with a set of them: a set that a rule holds is a tree,
// which costs as much as seven comparisons, two elements or eight.
inline constexpr std::size_t kInlineElements = 8;

// From so many prefixes for each of their lengths on a hash table for each length is faster than a tree of
// intervals, unless there are too many lengths. Measured with lists of five lengths: equal at 250 prefixes,
// ahead at 2000 by 0.4 of an empty table.
inline constexpr std::size_t kPrefixesPerHash = 64, kMostHashes = 8;
constexpr bool hashes_pay(std::size_t prefixes, std::size_t lengths) {
  return prefixes >= kPrefixesPerHash * lengths && lengths <= kMostHashes;
}

// Uses of one set of addresses that have tables of their own: what is done with a packet stands in them.
inline constexpr std::size_t kMostNetUses = 4;

// Services whose nets stand in hash tables for all of them (services.h): with so many elements up to one, two
// and three lengths of prefix are looked up; with fewer, none. Each is a lookup of 90. Two lengths cost a
// packet that is found what a chain for each port does at 1500 elements, three at 9000; one that is no
// service's is cheaper in any case (docs/performance.md).
inline constexpr std::array<std::size_t, 3> kServicesPerLookup = {64, 1500, 9000};
// An element for each port: a wider range keeps a chain of its own.
inline constexpr std::size_t kMostServicePorts = 64;

// Ports in a set that is a bitmap to the kernel: the fastest form, but filling it takes time that grows with
// the square of their number (nft_bitmap_elem_find in net/netfilter/nft_set_bitmap.c walks a list).
inline constexpr std::size_t kMostInBitmap = 8192;

// Several rules in a row that look at so many nets of one side become a map: as comparisons they cost 20
// each, half of which a packet of theirs meets; a lookup costs 60 to 90, and more rules are mostly left
// behind it.
inline constexpr std::size_t kNetsInRules = 12;

// A rule with a set of more nets is not told by them, where it looks at anything else: each piece of the set
// would be an element of a map of its own. For size, not for speed.
inline constexpr std::size_t kMostNetsOfARule = 1024;

// One lookup of an address, in ns. A hash table that is far larger than the nearest cache costs a miss, and
// where the address is found another one for the element. Lines through what docs/performance.md, "What the
// nft lowering chooses by", has of small and large tables.
inline ir::LookupCost hash_cost(std::size_t entries) {
  const double far = 12 * std::max(0.0, std::log2(static_cast<double>(entries) / 400));
  return {50 + 2 * far, 50 + far};
}
// In a tree of so many prefixes.
inline double tree_cost(std::size_t prefixes) {
  const double depth = std::log2(static_cast<double>(prefixes));
  return 28 * depth + 60 * std::max(0.0, depth - 10);
}

// Room in a hash table for each element: what is not in it then mostly meets an empty bucket.
inline constexpr std::size_t kHashRoom = 2;

}  // namespace untrack::backends::nft
