#include "backends/nft/lengths.h"

#include <iterator>
#include <limits>
#include <set>

namespace untrack::backends::nft {

// How many prefixes come of it if those of a length are split down to the next one there is.
static std::size_t split_size(LengthCounts::const_iterator length, LengthCounts::const_iterator next) {
  static constexpr int kDeepestSplit = 8;
  const int deeper = next->first - length->first;
  return deeper > kDeepestSplit ? std::numeric_limits<std::size_t>::max() : length->second << deeper;
}

std::map<int, int> hashed_lengths(const LengthCounts& counts) {
  LengthCounts left = counts;
  std::map<int, int> lengths;
  std::size_t total = 0;
  for (const auto& [bits, count] : counts) {
    lengths[bits] = bits;
    total += count;
  }
  const std::size_t affordable = total / 4;
  while (left.size() > 1) {
    auto cheapest = left.begin();
    for (auto it = left.begin(); std::next(it) != left.end(); ++it) {
      if (split_size(it, std::next(it)) < split_size(cheapest, std::next(cheapest))) cheapest = it;
    }
    const auto next = std::next(cheapest);
    if (split_size(cheapest, next) > affordable) break;
    next->second += split_size(cheapest, next);
    for (auto& [bits, target] : lengths) {
      if (target == cheapest->first) target = next->first;
    }
    left.erase(cheapest);
  }
  return lengths;
}

std::size_t count_tables(const std::map<int, int>& lengths) {
  std::set<int> targets;
  for (const auto& [bits, target] : lengths) targets.insert(target);
  return targets.size();
}

}  // namespace untrack::backends::nft
