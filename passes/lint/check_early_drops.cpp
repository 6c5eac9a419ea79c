#include "passes/lint/check_early_drops.h"

#include <fmt/format.h>

#include <vector>

#include "ir/meaning.h"
#include "passes/lint/dataplane_diagnostics.h"
#include "passes/lint/xdp_acceleration.h"

namespace untrack::passes::lint {

using ir::PacketSet;
using ir::PacketSpace;

// The program looks at protocol and port of the inbound list, and not at nets (Calico
// felix/bpf-apache/filter.c).
static PacketSet passed_as_failsafe(const Subject& subject) {
  PacketSpace& space = subject.space();
  PacketSet all = space.nothing();
  for (const ir::FailsafePort& failsafe : subject.settings().failsafe_inbound) {
    const ir::PortSet port({{failsafe.port, failsafe.port}});
    all = space.unite(all,
                      space.intersect(space.protocol(failsafe.protocol), space.ports(ir::End::Local, port)));
  }
  return all;
}

static void check(const Subject& subject, const HookView& view, const ir::Rule& early,
                  Diagnostics& diagnostics) {
  PacketSpace& space = subject.space();
  PacketSet dropped =
      space.intersect(subject.packets(early, view.hook.direction), space.version(ir::IpVersion::V4));
  dropped = space.subtract(dropped, passed_as_failsafe(subject));
  const PacketSet allowed = space.intersect(dropped, view.packets(ir::Verdict::Untrack));
  subject.for_each_decider(view, allowed, [&](ir::RuleRef ref, const ir::Packet& shown) {
    const ir::Provenance& allow = view.rule(ref).provenance.front();
    Diagnostic& finding = diagnostics.report(early.provenance.front().span, early_drop, to_string(allow));
    finding.witness(fmt::format("{} is allowed, and XDP would drop it", to_string(shown)));
    finding.note(allow.span, "this rule stands in an earlier tier");
    subject.note_endpoint(view.hook, finding);
    finding.help("put the Deny into the first tier, or set `xdpEnabled: false`");
  });
}

void check_early_drops(const Subject& subject, Diagnostics& diagnostics) {
  const ir::FelixSettings& settings = subject.settings();
  if (settings.bpf_enabled || !settings.xdp_enabled.value_or(true)) return;
  for (const HookView& view : subject.hooks()) {
    if (view.hook.direction != ir::Direction::Ingress) continue;
    for (const ir::Block& block : view.hook.blocks) {
      const ir::Rule& first = block.rules.front();
      const ir::PolicyRule* written = subject.origins().rule(first.provenance.front());
      if (written && first.provenance.front().index == 0 && !obstacle_to_xdp(*written))
        check(subject, view, first, diagnostics);
    }
  }
}

}  // namespace untrack::passes::lint
