#include "backends/nft/lengths.h"

#include <set>

namespace untrack::backends::nft {

std::map<int, int> hashed_lengths(const ir::LengthCounts& counts) {
  static constexpr int kDeepestSplit = 8;
  const auto affordable = static_cast<double>(ir::total(counts) / 4);
  ir::SplitLengths lengths(counts, kDeepestSplit);
  while (const auto split = lengths.cheapest([](const auto& each) { return each.parts; })) {
    if (split->parts > affordable) break;
    lengths.apply(*split);
  }
  return lengths.lengths();
}

std::size_t count_tables(const std::map<int, int>& lengths) {
  std::set<int> targets;
  for (const auto& [bits, target] : lengths) targets.insert(target);
  return targets.size();
}

}  // namespace untrack::backends::nft
