// Prefixes by length. A hash is asked for an address under a mask, once for each length that it holds, so
// rare lengths are split into longer ones. Which ones is for whoever knows what a lookup costs.
#pragma once
#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "ir/cidr.h"

namespace untrack::ir {

// How many there are of each length, in bits.
using LengthCounts = std::map<int, std::size_t>;
LengthCounts count_lengths(std::span<const Cidr> prefixes);
std::size_t total(const LengthCounts& counts);

// The prefix, split into those of so many bits, ascending. No fewer than its own; some 20 more at most.
std::vector<Cidr> split(const Cidr& prefix, int bits);

class SplitLengths {
 public:
  // No length is split into one that is more than `deepest` bits longer.
  SplitLengths(const LengthCounts& counts, int deepest);

  // What comes of it if a length is split into the next one that there is.
  struct Split {
    int bits = 0;
    std::size_t count = 0;  // prefixes
    double parts = 0;       // that come of them: a whole number, exact up to 2^53
  };
  std::optional<Split> split_of(int bits) const;  // nothing: it cannot be, or is not there any more
  using Cost = double (*)(const Split&);
  std::optional<Split> cheapest(Cost cost) const;  // the shortest of equally cheap ones
  void apply(const Split& split);

  // For each length there was at the beginning the one that its prefixes are split into, often itself.
  const std::map<int, int>& lengths() const { return lengths_; }

 private:
  LengthCounts left_;
  std::map<int, int> lengths_;
  int deepest_;
};

}  // namespace untrack::ir
