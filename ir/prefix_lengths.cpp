#include "ir/prefix_lengths.h"

#include <cmath>
#include <iterator>

namespace untrack::ir {

LengthCounts count_lengths(std::span<const Cidr> prefixes) {
  LengthCounts counts;
  for (const Cidr& prefix : prefixes) ++counts[prefix.prefix_bits()];
  return counts;
}

std::size_t total(const LengthCounts& counts) {
  std::size_t all = 0;
  for (const auto& [bits, count] : counts) all += count;
  return all;
}

std::vector<Cidr> split(const Cidr& prefix, int bits) {
  if (bits == prefix.prefix_bits()) return {prefix};
  const int host_bits = address_bits(prefix.version()) - bits;
  std::vector<Cidr> parts;
  for (AddressBits i = 0; i < AddressBits{1} << (bits - prefix.prefix_bits()); ++i)
    parts.emplace_back(Address(prefix.version(), prefix.first() | i << host_bits), bits);
  return parts;
}

SplitLengths::SplitLengths(const LengthCounts& counts, int deepest) : left_(counts), deepest_(deepest) {
  for (const auto& [bits, count] : counts) lengths_[bits] = bits;
}

std::optional<SplitLengths::Split> SplitLengths::split_of(int bits) const {
  const auto found = left_.find(bits);
  if (found == left_.end() || std::next(found) == left_.end()) return std::nullopt;
  const int deeper = std::next(found)->first - bits;
  if (deeper > deepest_) return std::nullopt;
  return Split{bits, found->second, std::ldexp(static_cast<double>(found->second), deeper)};
}

std::optional<SplitLengths::Split> SplitLengths::cheapest(Cost cost) const {
  std::optional<Split> cheapest;
  for (const auto& [bits, count] : left_) {
    const std::optional<Split> split = split_of(bits);
    if (split && (!cheapest || cost(*split) < cost(*cheapest))) cheapest = split;
  }
  return cheapest;
}

void SplitLengths::apply(const Split& split) {
  const auto next = left_.upper_bound(split.bits);
  next->second += static_cast<std::size_t>(split.parts);
  for (auto& [bits, target] : lengths_) {
    if (target == split.bits) target = next->first;
  }
  left_.erase(split.bits);
}

}  // namespace untrack::ir
