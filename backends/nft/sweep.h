// Sweeps over addresses or ports, from one boundary of the rules' ranges to the next.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

namespace untrack::backends::nft {

// What holds where the sweep is, ascending: takes the number out if it is in, and puts it in if it is not.
inline void change_sides(std::vector<std::uint32_t>& active, std::uint32_t number) {
  const auto place = std::ranges::lower_bound(active, number);
  if (place != active.end() && *place == number) {
    active.erase(place);
  } else {
    active.insert(place, number);
  }
}

}  // namespace untrack::backends::nft
