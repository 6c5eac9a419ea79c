#include "backends/iptables/port_classes.h"

#include <algorithm>
#include <set>

namespace untrack::backends::iptables {

// A list begins or ends to hold ports.
struct Change {
  std::uint32_t port = 0;  // one past the last port at most
  std::uint32_t list = 0;
  bool begins = false;
};

static std::vector<Change> changes_of(std::span<const ir::PortSet> lists) {
  std::vector<Change> changes;
  for (std::uint32_t list = 0; list < lists.size(); ++list) {
    for (const ir::PortRange& range : lists[list].ranges()) {
      changes.push_back({range.first, list, true});
      changes.push_back({range.last + 1u, list, false});
    }
  }
  std::ranges::stable_sort(changes, {}, &Change::port);
  return changes;
}

std::optional<std::vector<PortClass>> port_classes(std::span<const ir::PortSet> lists, std::size_t most) {
  const std::vector<Change> changes = changes_of(lists);
  std::vector<PortClass> classes;
  std::set<std::uint32_t> holding;
  for (std::size_t i = 0; i < changes.size();) {
    const std::uint32_t first = changes[i].port;
    for (; i < changes.size() && changes[i].port == first; ++i) {
      if (changes[i].begins)
        holding.insert(changes[i].list);
      else
        holding.erase(changes[i].list);
    }
    if (holding.empty()) continue;
    if (holding.size() > most) return std::nullopt;
    most -= holding.size();
    classes.push_back({{static_cast<ir::Port>(first), static_cast<ir::Port>(changes[i].port - 1)},
                       {holding.begin(), holding.end()}});
  }
  return classes;
}

}  // namespace untrack::backends::iptables
