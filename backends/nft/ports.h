// Ports told apart by the sets that hold them: the classes of a dispatch table.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ir/port.h"

namespace untrack::backends::nft {

struct PortClass {
  std::vector<ir::PortRange> ports;  // ascending, disjoint, not adjacent
  std::vector<std::uint32_t>
      within;  // indices of the sets that hold all of them, ascending; the other sets hold none
};

// All 65,536 ports, each in exactly one class; classes by their lowest port. Nothing if `within` of all
// classes together would grow past `budget` (random ranges that overlap: quadratic).
std::optional<std::vector<PortClass>> port_classes(std::span<const ir::PortSet* const> sets,
                                                   std::size_t budget);

}  // namespace untrack::backends::nft
