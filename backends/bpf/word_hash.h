// A hash of long values, which are most of what is hashed here: as in FNV, but by words.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>

#include "backends/bpf/ranges.h"

namespace untrack::backends::bpf {

class WordHash {
 public:
  void add(std::uint64_t word) { state_ = (std::rotl(state_, 23) ^ word) * kOdd; }
  void add(Key key) {
    add(static_cast<std::uint64_t>(key));
    add(static_cast<std::uint64_t>(key >> 64));
  }
  std::size_t value() const { return state_ ^ state_ >> 32; }

 private:
  static constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15;  // of the golden ratio (Knuth, section 6.4)
  std::uint64_t state_ = 0;
};

}  // namespace untrack::backends::bpf
