// A set of whole numbers of at most 128 bits: what any field of a packet is compared with.
#pragma once
#include <compare>
#include <span>
#include <vector>

#include "ir/address.h"

namespace untrack::verify {

using Number = ir::AddressBits;

struct Range {
  Number first = 0;
  Number last = 0;  // inclusive; never below `first`
  friend constexpr auto operator<=>(const Range&, const Range&) = default;
};

// The largest number of so many bits, 1..128.
constexpr Number max_number(int bits) {
  return ~Number{0} >> (128 - bits);
}

// Ranges sorted, disjoint and not adjacent, so equal sets compare equal.
class Ranges {
 public:
  Ranges() = default;
  explicit Ranges(std::vector<Range> ranges);  // in any order, overlapping or not
  static Ranges all(int bits) { return Ranges({{0, max_number(bits)}}); }

  std::span<const Range> list() const { return ranges_; }
  bool empty() const { return ranges_.empty(); }
  bool contains(Number number) const;

  Ranges complement(int bits) const;  // of members of at most `bits` bits

  // The numbers of `bits` bits that give a member of this set when masked. The mask is `bits` wide; either it
  // has its ones first (`255.255.0.0`), or the numbers have at most 16 bits.
  Ranges unmasked(Number mask, int bits) const;

  friend auto operator<=>(const Ranges&, const Ranges&) = default;

 private:
  std::vector<Range> ranges_;
};

// Whether a mask has all its ones before its zeros.
bool is_prefix_mask(Number mask, int bits);

}  // namespace untrack::verify
