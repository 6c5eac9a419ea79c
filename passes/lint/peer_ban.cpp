#include "passes/lint/peer_ban.h"

namespace untrack::passes::lint {

bool bans_peers(const ir::Rule& rule, ir::Direction direction) {
  const ir::Match& match = rule.match;
  const bool ingress = direction == ir::Direction::Ingress;
  const ir::SideMatch& peer = ingress ? match.source : match.destination;
  const ir::SideMatch& host = ingress ? match.destination : match.source;
  return std::holds_alternative<ir::Drop>(rule.action) && !peer.in.empty() && !peer.ports &&
         peer.not_ports.empty() && host.any() && !match.protocol && !match.not_protocol && !match.icmp &&
         !match.not_icmp;
}

}  // namespace untrack::passes::lint
