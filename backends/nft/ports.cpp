#include "backends/nft/ports.h"

#include <algorithm>
#include <map>

#include "backends/nft/sweep.h"

namespace untrack::backends::nft {

// At port `at` (65536 ends all) set `set` begins or ends.
struct Boundary {
  std::uint32_t at, set;
  friend auto operator<=>(const Boundary&, const Boundary&) = default;
};

static constexpr std::uint32_t kPorts = 65536;

static std::vector<Boundary> boundaries(std::span<const ir::PortSet* const> sets) {
  std::vector<Boundary> all;
  for (std::uint32_t i = 0; i < sets.size(); ++i) {
    for (const ir::PortRange& range : sets[i]->ranges()) {
      all.push_back({range.first, i});
      all.push_back({range.last + 1u, i});
    }
  }
  std::ranges::sort(all);
  return all;
}

std::optional<std::vector<PortClass>> port_classes(std::span<const ir::PortSet* const> sets,
                                                   std::size_t budget) {
  std::vector<PortClass> classes;
  std::map<std::vector<std::uint32_t>, std::size_t> known;
  std::vector<std::uint32_t> within;
  std::size_t size = 0;
  const std::vector<Boundary> all = boundaries(sets);
  std::uint32_t from = 0;
  const auto add_ports_below = [&](std::uint32_t to) {
    if (from == to) return;
    const auto [place, fresh] = known.try_emplace(within, classes.size());
    if (fresh) {
      classes.push_back({{}, within});
      size += within.size();
    }
    classes[place->second].ports.push_back({static_cast<ir::Port>(from), static_cast<ir::Port>(to - 1)});
    from = to;
  };
  for (const Boundary& boundary : all) {
    add_ports_below(boundary.at);
    if (size > budget) return std::nullopt;
    change_sides(within, boundary.set);  // ranges of one set are not adjacent
  }
  add_ports_below(kPorts);
  return classes;
}

}  // namespace untrack::backends::nft
