// Disjoint prefixes in tables whose keys are all equally long, as hash tables want them: an address is looked
// up by so many of its first bits. A table for each length there is would be asked one after the other. So an
// entry may also say that longer prefixes lie within it, and which tables hold these: mostly one lookup then
// tells an address that is in none of the prefixes.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ir/cidr.h"

namespace untrack::ir {

struct PrefixTable;
// An address is in one of them at most. They are asked in this order, but any is right.
using PrefixTables = std::vector<PrefixTable>;

struct PrefixTable {
  struct Entry {
    Cidr key;          // of `bits` bits
    std::uint32_t of;  // whole: the number of the prefix that holds all of it; divided: the place in `below`
  };
  int bits = 0;
  std::vector<Entry> whole, divided;  // ascending; no two have the same key
  std::vector<PrefixTables> below;    // of longer keys; each has entries within each of its divided ones
  std::size_t entries() const { return whole.size() + divided.size(); }
};

// What one lookup costs where the key is found, and where it is not; in any unit.
struct LookupCost {
  double found = 0, missed = 0;
};
// Of a table with so many entries.
using LookupCosts = LookupCost (*)(std::size_t entries);

struct DividedPrefixes {
  PrefixTables tables;
  // What is to be expected: half of the addresses come from anywhere between the first prefix and the last,
  // half from the prefixes, from each as many.
  double cost = 0;
};

// Disjoint prefixes of one version, ascending. Those that are shorter than a table's keys may be split. The
// entries are at most some five for each prefix; no more than three stand below each other.
DividedPrefixes divide(std::span<const Cidr> prefixes, LookupCosts costs);

}  // namespace untrack::ir
