#include "backends/iptables/footprint.h"

#include <algorithm>
#include <vector>

#include "backends/iptables/groups.h"

namespace untrack::backends::iptables {

void Footprint::Ports::add(ir::PortRange range) {
  std::uint32_t first = range.first, last = range.last;
  auto at = ranges_.upper_bound(first);
  if (at != ranges_.begin() && std::prev(at)->second + 1 >= first) --at;
  while (at != ranges_.end() && at->first <= last + 1) {
    first = std::min(first, at->first);
    last = std::max(last, at->second);
    at = ranges_.erase(at);
  }
  ranges_.emplace(first, last);
}

bool Footprint::Ports::overlaps(ir::PortRange range) const {
  const auto behind = ranges_.upper_bound(range.last);
  return behind != ranges_.begin() && std::prev(behind)->second >= range.first;
}

static constexpr std::array kWithPorts = {ir::kTcp, ir::kUdp, ir::kSctp};
static constexpr std::size_t kOthers = kWithPorts.size();

// What one rule may take: for each region the ports of each side, none where it takes nothing.
struct Footprint::Box {
  struct Part {
    std::vector<ir::PortRange> source, destination;
  };
  std::array<Part, kRegions> parts;
};

Footprint::Box Footprint::box(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  static constexpr ir::PortRange kAllPorts{0, 0xffff};
  const ir::Match& match = rule.match;
  Box box;
  for (std::size_t i = 0; i < kWithPorts.size(); ++i) {
    if (match.protocol && match.protocol != kWithPorts[i]) continue;
    const auto ranges = [&](const ir::SideMatch& side) -> std::vector<ir::PortRange> {
      const auto asked = ports_asked(ruleset, side, kWithPorts[i]);
      return asked ? asked->ranges() : std::vector{kAllPorts};
    };
    box.parts[i] = {ranges(match.source), ranges(match.destination)};
  }
  const bool others = !match.protocol || !ir::has_ports(*match.protocol);
  if (others && !match.source.ports && !match.destination.ports) {
    box.parts[kOthers] = {{kAllPorts}, {kAllPorts}};
  }
  return box;
}

void Footprint::add(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  const Box all = box(ruleset, rule);
  Regions& regions = by_action_[rule.action.index()];
  for (std::size_t i = 0; i < kRegions; ++i) {
    for (const ir::PortRange& range : all.parts[i].source) regions[i].source.add(range);
    for (const ir::PortRange& range : all.parts[i].destination) regions[i].destination.add(range);
  }
}

bool Footprint::overlaps(const Regions& regions, const Box& box) {
  for (std::size_t i = 0; i < kRegions; ++i) {
    const auto meets = [](const Ports& ports) {
      return [&](const ir::PortRange& range) { return ports.overlaps(range); };
    };
    if (std::ranges::any_of(box.parts[i].source, meets(regions[i].source)) &&
        std::ranges::any_of(box.parts[i].destination, meets(regions[i].destination))) {
      return true;
    }
  }
  return false;
}

bool Footprint::commutes(const ir::Ruleset& ruleset, const ir::Rule& rule) const {
  const Box all = box(ruleset, rule);
  const bool logs = std::holds_alternative<ir::LogPacket>(rule.action);
  return std::ranges::none_of(by_action_, [&](const auto& each) {
    const bool same_end = !logs && each.first == rule.action.index();
    return !same_end && overlaps(each.second, all);
  });
}

}  // namespace untrack::backends::iptables
