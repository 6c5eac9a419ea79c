#include "backends/iptables/lengths.h"

#include <cstdint>
#include <iterator>

#include "backends/iptables/costs.h"

namespace untrack::backends::iptables {

LengthCounts counts_of(std::span<const ir::Cidr> nets) {
  LengthCounts counts;
  for (const ir::Cidr& net : nets) ++counts[net.prefix_bits()];
  return counts;
}

std::size_t total(const LengthCounts& counts) {
  std::size_t all = 0;
  for (const auto& [bits, count] : counts) all += count;
  return all;
}

// How many more elements come of it if those of a length are split into the next one.
static std::size_t growth(LengthCounts::const_iterator each) {
  static constexpr int kDeepestSplit = 16;
  const int deeper = std::next(each)->first - each->first;
  return deeper > kDeepestSplit ? SIZE_MAX : (each->second << deeper) - each->second;
}

// What is cheapest to split goes first, as long as there is room for more elements.
std::map<int, int> fewer_lengths(const LengthCounts& counts) {
  std::map<int, int> into;
  for (const auto& [bits, count] : counts) into[bits] = bits;
  const std::size_t all = total(counts);
  if (all < kManyNets) return into;
  std::size_t room = all / kSplitShare;
  LengthCounts left = counts;
  while (left.size() > 1) {
    auto cheapest = left.begin();
    for (auto it = left.begin(); std::next(it) != left.end(); ++it) {
      if (growth(it) < growth(cheapest)) cheapest = it;
    }
    const std::size_t more = growth(cheapest);
    if (more > room) break;
    room -= more;
    const auto next = std::next(cheapest);
    next->second += cheapest->second + more;
    for (auto& [bits, target] : into) {
      if (target == cheapest->first) target = next->first;
    }
    left.erase(cheapest);
  }
  return into;
}

void add_split(std::vector<ir::Cidr>& parts, const ir::Cidr& net, int bits) {
  const int host_bits = ir::address_bits(net.version()) - bits;
  const ir::AddressBits count = ir::AddressBits{1} << (bits - net.prefix_bits());
  for (ir::AddressBits i = 0; i < count; ++i)
    parts.emplace_back(ir::Address(net.version(), net.first() | i << host_bits), bits);
}

std::vector<ir::Cidr> of_fewer_lengths(std::span<const ir::Cidr> nets) {
  const std::map<int, int> into = fewer_lengths(counts_of(nets));
  std::vector<ir::Cidr> parts;
  for (const ir::Cidr& net : nets) add_split(parts, net, into.at(net.prefix_bits()));
  return parts;
}

}  // namespace untrack::backends::iptables
