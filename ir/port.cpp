#include "ir/port.h"

#include <algorithm>
#include <cassert>

namespace untrack::ir {

PortSet::PortSet(std::vector<PortRange> ranges) {
  std::sort(ranges.begin(), ranges.end());
  for (const PortRange& range : ranges) {
    assert(range.first <= range.last && "a port range runs upwards");
    if (!ranges_.empty() && range.first <= ranges_.back().last + 1u) {
      ranges_.back().last = std::max(ranges_.back().last, range.last);
    } else {
      ranges_.push_back(range);
    }
  }
}

bool PortSet::contains(Port port) const {
  return std::any_of(ranges_.begin(), ranges_.end(),
                     [&](const PortRange& range) { return range.first <= port && port <= range.last; });
}

std::uint32_t PortSet::count() const {
  std::uint32_t ports = 0;
  for (const PortRange& range : ranges_) ports += range.last - range.first + 1u;
  return ports;
}

std::string PortSet::to_string() const {
  std::string text;
  for (const PortRange& range : ranges_) {
    if (!text.empty()) text += ',';
    text += std::to_string(range.first);
    if (range.last != range.first) text += ":" + std::to_string(range.last);
  }
  return text;
}

}  // namespace untrack::ir
