#include "backends/iptables/lengths.h"

#include <algorithm>
#include <iterator>

#include "backends/iptables/costs.h"

namespace untrack::backends::iptables {

// What is cheapest to split goes first, as long as there is room for more elements.
std::map<int, int> fewer_lengths(const ir::LengthCounts& counts) {
  static constexpr int kDeepestSplit = 16;
  static constexpr auto growth = [](const ir::SplitLengths::Split& split) {
    return split.parts - static_cast<double>(split.count);
  };
  const std::size_t all = ir::total(counts);
  ir::SplitLengths lengths(counts, kDeepestSplit);
  if (all < kManyNets) return lengths.lengths();
  auto room = static_cast<double>(all / kSplitShare);
  while (const auto split = lengths.cheapest(growth)) {
    if (growth(*split) > room) break;
    room -= growth(*split);
    lengths.apply(*split);
  }
  return lengths.lengths();
}

std::vector<ir::Cidr> of_fewer_lengths(std::span<const ir::Cidr> nets) {
  const std::map<int, int> into = fewer_lengths(ir::count_lengths(nets));
  std::vector<ir::Cidr> parts;
  for (const ir::Cidr& net : nets)
    std::ranges::copy(ir::split(net, into.at(net.prefix_bits())), std::back_inserter(parts));
  return parts;
}

}  // namespace untrack::backends::iptables
