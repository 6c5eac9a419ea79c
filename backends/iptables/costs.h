// What the lowering chooses by. Measured with `bench_packets` and with files by hand in the same way, on
// Linux 6.18 with the legacy flavour; the figures are in docs/performance.md, "What the iptables lowering
// chooses by". Nanoseconds, where an empty raw table costs 340.
#pragma once
#include <cstddef>

namespace untrack::backends::iptables {

// A rule whose `-s` or `-d` does not hold; the way to another chain.
inline constexpr double kRuleCost = 3, kChainCost = 5;
// What any set match costs before it looks for anything, and a look into a bitmap.
inline constexpr double kSetCost = 45, kBitCost = 10;

// A hash is asked for each length of prefix that it holds, one after the other, the longest first
// (mtype_test_cidrs, net/netfilter/ipset/ip_set_hash_gen.h). What one length costs depends on where the hash
// is: in the nearest cache, in the next, or in neither.
constexpr double probe_cost(std::size_t elements) {
  if (elements <= 2'000) return 25;
  return elements <= 20'000 ? 50 : 85;
}

// So many nets at most are a rule for each, of both sides together, where the rule asks for no single net. A set
// match costs as much as twenty rules to the legacy flavour, and as two or three to the nft flavour.
inline constexpr std::size_t kNetsAsRules = 2;

// So many rules in a row are a tree of addresses. Fewer are as fast one after the other to the legacy flavour,
// since `-s` and `-d` are looked at before any extension; the nft flavour takes 20 to 35 for each.
inline constexpr std::size_t kRulesOfATree = 16;

// Of a set with so many prefixes at least, lengths are made fewer, and levels may pay.
inline constexpr std::size_t kManyNets = 64;
// Splitting prefixes into longer ones may make a set larger by one element in so many.
inline constexpr std::size_t kSplitShare = 8;

// Another form has to save this: a plain set is easier to read, and to load.
inline constexpr double kLeastSaving = 40;

// Bitmaps of one lookup: rules that tell them apart, and memory of 8 KiB each.
inline constexpr std::size_t kMostBlocks = 16;
// They may be so many times as large as the hash that they stand before, and some KiB more.
inline constexpr std::size_t kBitmapShare = 4, kFreeBitmapBytes = 16 * 1024;
// Of hash:net, with its share of buckets (`ipset list`: 1.2 MB for 41,840 elements).
inline constexpr std::size_t kHashBytes = 29;

}  // namespace untrack::backends::iptables
