#include "passes/lint/check_exposure.h"

#include "ir/meaning.h"
#include "passes/lint/client_packets.h"
#include "passes/lint/exposure_diagnostics.h"
#include "passes/lint/mirror_rule.h"

namespace untrack::passes::lint {

using ir::PacketSet;
using ir::PacketSpace;

// The ports that only root may bind: what a peer must not reach by choosing its source port.
static constexpr ir::PortRange kPrivileged{1, 1023};

// Whether a match says nothing about where a packet with ports goes.
static bool reaches_every_port(const ir::Match& match) {
  return (!match.protocol || ir::has_ports(*match.protocol)) && match.destination.any();
}

static std::string narrower_rule(const Subject& subject, const ir::PolicyRule& written) {
  ir::PolicyRule narrower = written;
  narrower.destination.ports = {ir::PortSpec{kEphemeral, {}}};
  return "let replies in to ephemeral ports only:\n" + to_yaml(subject.origins().policies(), narrower);
}

static void check(const Subject& subject, const ir::InterfaceHook& hook, const ir::Rule& rule,
                  PacketSet let_in, Diagnostics& diagnostics) {
  const ir::Provenance& origin = rule.provenance.front();
  const ir::PolicyRule* written = subject.origins().rule(origin);
  const bool by_source_port = rule.match.source.ports.has_value();
  if (!written || !reaches_every_port(rule.match) || !(by_source_port || rule.match.source.any())) return;
  // Only what really gets through counts: an earlier Deny may have closed the privileged ports.
  const PacketSet through = subject.space().intersect(subject.packets(rule, hook.direction), let_in);
  const auto witness = subject.witness(through, hook);
  if (!witness) return;
  Diagnostic& finding = by_source_port ? diagnostics.report(origin.span, every_port_from_source_port)
                                       : diagnostics.report(origin.span, every_port_to_anyone);
  finding.witness(fmt::format("{} is let in untracked", to_string(*witness)));
  subject.note_endpoint(hook, finding);
  finding.help(by_source_port ? narrower_rule(subject, *written)
                              : "name the ports of the service, or the peers that may reach it");
}

void check_exposure(const Subject& subject, Diagnostics& diagnostics) {
  PacketSpace& space = subject.space();
  for (const HookView& view : subject.hooks()) {
    if (view.hook.direction != ir::Direction::Ingress) continue;
    const PacketSet let_in = space.intersect(view.packets(ir::Verdict::Untrack),
                                             space.ports(ir::End::Local, ir::PortSet({kPrivileged})));
    for (const ir::Block& block : view.hook.blocks) {
      for (const ir::Rule& rule : block.rules) {
        if (std::holds_alternative<ir::Untrack>(rule.action))
          check(subject, view.hook, rule, let_in, diagnostics);
      }
    }
  }
}

}  // namespace untrack::passes::lint
