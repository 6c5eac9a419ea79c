#include "backends/bpf/ranges.h"

#include <algorithm>
#include <utility>

#include "backends/bpf/word_hash.h"

namespace untrack::backends::bpf {

Ranges ranges_of(std::vector<Range> ranges) {
  std::ranges::sort(ranges, {}, &Range::first);
  Ranges result;
  for (const Range& range : ranges) {
    // Adjacent if nothing is between; the last key of all has none behind it.
    if (!result.empty() && (range.first <= result.back().last || range.first - result.back().last == 1)) {
      result.back().last = std::max(result.back().last, range.last);
    } else {
      result.push_back(range);
    }
  }
  return result;
}

Ranges intersect(std::span<const Range> a, std::span<const Range> b) {
  Ranges result;
  while (!a.empty() && !b.empty()) {
    const Key first = std::max(a.front().first, b.front().first),
              last = std::min(a.front().last, b.front().last);
    if (first <= last) result.push_back({first, last});
    std::span<const Range>& shorter = a.front().last < b.front().last ? a : b;
    shorter = shorter.subspan(1);
  }
  return result;
}

Ranges complement(std::span<const Range> ranges, Key max) {
  Ranges result;
  Key next = 0;
  for (const Range& range : ranges) {
    if (next < range.first) result.push_back({next, range.first - 1});
    if (range.last == max) return result;
    next = range.last + 1;
  }
  result.push_back({next, max});
  return result;
}

std::size_t RangesHash::operator()(const Ranges& ranges) const {
  WordHash hash;
  for (const Range& range : ranges) {
    hash.add(range.first);
    hash.add(range.last);
  }
  return hash.value();
}

}  // namespace untrack::backends::bpf
