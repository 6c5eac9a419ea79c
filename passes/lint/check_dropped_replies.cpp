#include "passes/lint/check_dropped_replies.h"

#include <variant>

#include <fmt/format.h>

#include "ir/meaning.h"
#include "passes/lint/client_packets.h"
#include "passes/lint/peer_ban.h"
#include "passes/lint/stateless_diagnostics.h"

namespace untrack::passes::lint {

using ir::PacketSet;
using ir::PacketSpace;
using ir::Verdict;

// `way`: the direction of the requests; `back`: that of the replies; `then`: ordinary policy on the requests'
// way.
static void check(const Subject& untracked, const HookView& way, const HookView& back, const HookView& then,
                  Diagnostics& diagnostics) {
  PacketSpace& space = untracked.space();
  const ir::Direction direction = way.hook.direction;
  PacketSet requests = space.intersect(then.packets(Verdict::Untrack), way.packets(Verdict::Track));
  requests = space.intersect(requests, client_packets(space, direction));
  requests = space.subtract(requests, one_way_packets(space, direction));
  for (const auto& [ref, dropped] : untracked.decided(back)) {
    const ir::Rule& rule = back.rule(ref);
    if (!std::holds_alternative<ir::Drop>(rule.action)) continue;
    if (bans_peers(rule, back.hook.direction)) continue;  // it drops with reason
    const ir::Provenance& deny = rule.provenance.front();
    const auto request = untracked.witness(space.intersect(requests, space.replies_of(dropped)), way.hook);
    if (!request) continue;
    const auto reply = ir::reply_to(*request);
    if (!reply) continue;
    const ir::Trace& trace = then.meaning.traces[space.at(then.meaning.map, *request, direction)];
    const ir::Provenance& allow = then.rule(trace.rules.back()).provenance.front();
    Diagnostic& finding = diagnostics.report(deny.span, reply_of_tracked_denied, to_string(allow));
    finding.witness(fmt::format("reply {} is dropped, request {} is tracked and allowed", to_string(*reply),
                                to_string(*request)));
    if (allow.span.exists()) finding.note(allow.span, "this rule allows the request");
    untracked.note_endpoint(back.hook, finding);
    finding.help(
        direction == ir::Direction::Egress
            ? "deny requests only: leave the ephemeral ports, 32768 to 60999, out of `destination.ports`; or "
              "leave it to ordinary policy, which knows what is a reply"
            : "deny requests only, or leave it to ordinary policy, which knows what is a reply");
  }
}

void check_dropped_replies(const Subject& untracked, const Subject& ordinary, Diagnostics& diagnostics) {
  untracked.for_each_interface([&](HookView ingress, HookView egress) {
    for (const HookView& then : ordinary.hooks()) {
      if (then.hook.interface_name != ingress.hook.interface_name) continue;
      if (then.hook.direction == ir::Direction::Ingress)
        check(untracked, ingress, egress, then, diagnostics);
      else
        check(untracked, egress, ingress, then, diagnostics);
    }
  });
}

}  // namespace untrack::passes::lint
