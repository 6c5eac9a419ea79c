#include "verify/ranges.h"

#include <algorithm>
#include <cassert>

namespace untrack::verify {

Ranges::Ranges(std::vector<Range> ranges) : ranges_(std::move(ranges)) {
  std::sort(ranges_.begin(), ranges_.end());
  std::size_t kept = 0;
  for (const Range& range : ranges_) {
    const bool joins =
        kept > 0 && (ranges_[kept - 1].last == ~Number{0} || range.first <= ranges_[kept - 1].last + 1);
    if (joins) {
      ranges_[kept - 1].last = std::max(ranges_[kept - 1].last, range.last);
    } else {
      ranges_[kept++] = range;
    }
  }
  ranges_.resize(kept);
}

bool Ranges::contains(Number number) const {
  const auto after = std::upper_bound(ranges_.begin(), ranges_.end(), number,
                                      [](Number n, const Range& range) { return n < range.first; });
  return after != ranges_.begin() && number <= std::prev(after)->last;
}

Ranges Ranges::complement(int bits) const {
  std::vector<Range> gaps;
  Number next = 0;
  for (const Range& range : ranges_) {
    if (range.first > next) gaps.push_back({next, range.first - 1});
    if (range.last >= max_number(bits)) return Ranges(std::move(gaps));
    next = range.last + 1;
  }
  gaps.push_back({next, max_number(bits)});
  return Ranges(std::move(gaps));
}

// Below its lowest zero the mask keeps numbers as they are: blocks of so many are looked at as one.
static Ranges unmasked_by_block(std::span<const Range> masked, Number mask, int bits) {
  const Number block = ~mask & (mask + 1);
  std::vector<Range> found;
  for (Number first = 0; first <= max_number(bits); first += block) {
    const Number kept = first & mask, last_kept = kept + (block - 1);
    auto range = std::ranges::lower_bound(masked, kept, {}, &Range::last);
    for (; range != masked.end() && range->first <= last_kept; ++range) {
      found.push_back(
          {std::max(range->first, kept) - kept + first, std::min(range->last, last_kept) - kept + first});
    }
  }
  return Ranges(std::move(found));
}

Ranges Ranges::unmasked(Number mask, int bits) const {
  if (!is_prefix_mask(mask, bits)) {
    assert(bits <= 16 && "a mask with holes over a wide field is refused by the parser");
    return unmasked_by_block(ranges_, mask, bits);
  }
  const Number below = max_number(bits) & ~mask;
  std::vector<Range> found;
  for (const Range& range : ranges_) {
    // Masked numbers are multiples of `below + 1`: only those inside the range have a preimage.
    const bool first_fits = (range.first & below) == 0;
    if (!first_fits && (range.first | below) == max_number(bits)) continue;
    const Number first = first_fits ? range.first : (range.first | below) + 1;
    const Number last = range.last | below;
    if (first <= range.last) found.push_back({first, last});
  }
  return Ranges(std::move(found));
}

bool is_prefix_mask(Number mask, int bits) {
  const Number below = max_number(bits) & ~mask;
  return (below & (below + 1)) == 0;
}

}  // namespace untrack::verify
