// Sets of keys as ranges: sorted, disjoint, not adjacent; so equal sets compare equal.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "ir/address.h"

namespace untrack::backends::bpf {

using Key = ir::AddressBits;  // an address, a port, an ICMP type and code, a protocol

struct Range {
  Key first = 0;
  Key last = 0;  // inclusive; never below `first`
  friend bool operator==(const Range&, const Range&) = default;
};
using Ranges = std::vector<Range>;

Ranges ranges_of(std::vector<Range> ranges);  // in any order, overlapping or not
Ranges intersect(std::span<const Range> a, std::span<const Range> b);
Ranges complement(std::span<const Range> ranges, Key max);  // among the keys 0..max

struct RangesHash {
  std::size_t operator()(const Ranges& ranges) const;
};

}  // namespace untrack::backends::bpf
