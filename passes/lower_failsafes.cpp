#include "passes/lower_failsafes.h"

#include <optional>

#include "passes/intern_addresses.h"

namespace untrack::passes {

namespace {

enum class Half { Request, Reply };

// Nothing where the entry's net is IPv6 and IPv6 is off. A net pins its IP version, so `0.0.0.0/0` is every
// IPv4 address and no IPv6 one (Calico felix/rules/static.go, failsafeInChain).
std::optional<ir::Match> failsafe_match(const ir::FelixSettings& settings, const ir::FailsafePort& entry,
                                        ir::Direction direction, Half half, ir::Ruleset& ruleset) {
  ir::Match match;
  match.protocol = entry.protocol;
  if (entry.net) match.ip_version = entry.net->version();
  if (!settings.ipv6_support) {
    if (match.ip_version == ir::IpVersion::V6) return std::nullopt;
    match.ip_version = ir::IpVersion::V4;
  }
  ir::SideMatch& peer = direction == ir::Direction::Ingress ? match.source : match.destination;
  if (entry.net && entry.net->prefix_bits() != 0) {
    peer.in.push_back(intern_addresses(ruleset, ir::AddressSet({*entry.net}), ""));
  }
  ir::SideMatch& server = half == Half::Request ? match.destination : match.source;
  server.ports = ir::PortMatch{ir::PortSet({{entry.port, entry.port}}), {}};
  return match;
}

}  // namespace

ir::Block lower_failsafes(const ir::FelixSettings& settings, ir::Direction direction, ir::Ruleset& ruleset) {
  ir::Block block{std::string(kFailsafe), {}};
  for (const Half half : {Half::Request, Half::Reply}) {
    const bool is_inbound = (direction == ir::Direction::Ingress) == (half == Half::Request);
    const ir::Direction list = is_inbound ? ir::Direction::Ingress : ir::Direction::Egress;
    const auto& entries = is_inbound ? settings.failsafe_inbound : settings.failsafe_outbound;
    const SourceSpan span = is_inbound ? settings.failsafe_inbound_span : settings.failsafe_outbound_span;
    for (std::uint32_t i = 0; i < entries.size(); ++i) {
      const auto match = failsafe_match(settings, entries[i], direction, half, ruleset);
      if (match) block.rules.push_back({*match, ir::Track{}, {{std::string(kFailsafe), list, i, span}}});
    }
  }
  return block;
}

}  // namespace untrack::passes
