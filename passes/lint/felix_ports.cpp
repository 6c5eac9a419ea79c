#include "passes/lint/felix_ports.h"

namespace untrack::passes::lint {

// A multiport match holds 15 ports, and a range takes the place of two (XT_MULTI_PORTS,
// linux/netfilter/xt_multiport.h).
static constexpr int kMultiportSlots = 15;

std::size_t port_matches(const std::vector<ir::PortSpec>& ports) {
  std::size_t named = 0, full = 0;
  int slots = 0;
  for (const ir::PortSpec& spec : ports) {
    const auto* range = std::get_if<ir::PortRange>(&spec.port);
    if (!range) {
      ++named;
      continue;
    }
    const int needed = range->first == range->last ? 1 : 2;
    if (slots + needed > kMultiportSlots) {
      ++full;
      slots = 0;
    }
    slots += needed;
  }
  return named + full + (slots > 0 ? 1 : 0);
}

}  // namespace untrack::passes::lint
