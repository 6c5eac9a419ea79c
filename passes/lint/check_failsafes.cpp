#include "passes/lint/check_failsafes.h"

#include <algorithm>

#include <fmt/format.h>

#include "ir/meaning.h"
#include "passes/lint/client_packets.h"
#include "passes/lint/exposure_diagnostics.h"
#include "passes/lint/redundancy_diagnostics.h"

namespace untrack::passes::lint {

using ir::Direction;
using ir::PacketSet;
using ir::PacketSpace;

// Packets that a failsafe port keeps from a hook's policies.
static PacketSet failsafe_packets(const Subject& subject, const HookView& view) {
  PacketSpace& space = subject.space();
  PacketSet all = space.nothing();
  for (const ir::Block& block : view.hook.blocks) {
    for (const ir::Rule& rule : block.rules) {
      if (subject.origins().rule(rule.provenance.front())) return all;  // they stand at the head
      all = space.unite(all, subject.packets(rule, view.hook.direction));
    }
  }
  return all;
}

namespace {

struct Question {
  const Subject& subject;
  const HookView& view;
  const ir::Rule& rule;
  const ir::PolicyRule& written;
  PacketSet packets;  // that the rule matches
  PacketSet failsafe;
};

}  // namespace

// A port of the rule's list that is failsafe altogether.
static void check_named_ports(const Question& ask, Diagnostics& diagnostics) {
  PacketSpace& space = ask.subject.space();
  const bool denies = std::holds_alternative<ir::Deny>(ask.written.action);
  if (!denies && !std::holds_alternative<ir::Allow>(ask.written.action)) return;
  const ir::End server = destination_end(ask.view.hook.direction);
  for (const ir::PortSpec& spec : ask.written.destination.ports) {
    const auto* range = std::get_if<ir::PortRange>(&spec.port);
    if (!range) continue;
    const PacketSet of_port = space.intersect(ask.packets, space.ports(server, ir::PortSet({*range})));
    if (space.empty(of_port) || !space.empty(space.subtract(of_port, ask.failsafe))) continue;
    const std::string port = ir::PortSet({*range}).to_string();
    const auto witness = ask.subject.witness(of_port, ask.view.hook);
    if (!witness) continue;
    Diagnostic& finding = denies ? diagnostics.report(spec.span, deny_of_failsafe_port, port)
                                 : diagnostics.report(spec.span, allow_of_failsafe_port, port);
    finding.witness(fmt::format("{} is tracked, whatever the rule says", to_string(*witness)));
    ask.subject.note_endpoint(ask.view.hook, finding);
    finding.help(denies ? "take the port from the failsafe list in FelixConfiguration, or leave it out here"
                        : "leave the port out: its traffic is accepted, with connection tracking");
  }
}

// A Deny of peers, whatever they send.
static void check_ban(const Question& ask, Diagnostics& diagnostics) {
  if (!std::holds_alternative<ir::Deny>(ask.written.action)) return;
  const ir::Match& match = ask.rule.match;
  const bool ingress = ask.view.hook.direction == Direction::Ingress;
  if (!ingress || match.source.in.empty() || match.protocol || match.destination.ports) return;
  const PacketSet spared = ask.subject.space().intersect(ask.packets, ask.failsafe);
  const auto witness = ask.subject.witness(spared, ask.view.hook);
  if (!witness) return;
  Diagnostic& finding = diagnostics.report(ask.written.span, ban_spares_failsafe_ports);
  finding.witness(fmt::format("{} is not dropped", to_string(*witness)));
  ask.subject.note_endpoint(ask.view.hook, finding);
  finding.help("limit the failsafe ports to the nets that need them: `net` in failsafeInboundHostPorts");
}

static void check_rules(const Subject& subject, Diagnostics& diagnostics) {
  for (const HookView& view : subject.hooks()) {
    const PacketSet failsafe = failsafe_packets(subject, view);
    PacketSpace& space = subject.space();
    for (const ir::Block& block : view.hook.blocks) {
      for (const ir::Rule& rule : block.rules) {
        const ir::PolicyRule* written = subject.origins().rule(rule.provenance.front());
        if (!written) continue;
        const Question ask{subject, view, rule, *written, subject.packets(rule, view.hook.direction),
                           failsafe};
        if (space.empty(space.intersect(ask.packets, failsafe))) continue;
        if (space.empty(space.subtract(ask.packets, failsafe))) continue;  // the whole rule is: UT312
        check_named_ports(ask, diagnostics);
        check_ban(ask, diagnostics);
      }
    }
  }
}

static void check_lists(const Subject& subject, Diagnostics& diagnostics) {
  const ir::FelixSettings& settings = subject.settings();
  const auto check = [&](const std::vector<ir::FailsafePort>& list, SourceSpan span, std::string_view name) {
    if (!list.empty() || !span.exists()) return;
    diagnostics.report(span, failsafes_off, name)
        .help("keep at least the ports that the node is administered by");
  };
  check(settings.failsafe_inbound, settings.failsafe_inbound_span, "failsafeInboundHostPorts");
  check(settings.failsafe_outbound, settings.failsafe_outbound_span, "failsafeOutboundHostPorts");
}

// ---- ssh

static constexpr ir::Port kSsh = 22;

static bool may_allow_ssh(const ir::PolicyRule& rule) {
  const bool fits = (!rule.protocol || rule.protocol->protocol == ir::kTcp) &&
                    (!rule.not_protocol || rule.not_protocol->protocol != ir::kTcp);
  const auto& ports = rule.destination.ports;
  const auto holds_ssh = [](const ir::PortSpec& spec) {
    const auto* range = std::get_if<ir::PortRange>(&spec.port);
    return !range || (range->first <= kSsh && kSsh <= range->last);  // a named port may be it
  };
  return std::holds_alternative<ir::Allow>(rule.action) && fits &&
         (ports.empty() || std::ranges::any_of(ports, holds_ssh));
}

// By ordinary policy, or by a profile.
static bool may_reach_ssh(const ir::PolicySet& policies, const ir::HostEndpoint& endpoint) {
  for (const Symbol name : endpoint.labels.profiles) {
    const auto profile = policies.profiles.find(name.text());
    const bool known = profile != policies.profiles.end() && profile->second.rules;
    if (!known || std::ranges::any_of(profile->second.rules->ingress, may_allow_ssh)) return true;
  }
  const ir::LabelLookup labels = policies.labels_of(endpoint.labels);
  return std::ranges::any_of(policies.policies, [&](const ir::Policy& policy) {
    return !policy.do_not_track && !ir::is_staged(policy.kind) && policy.types_ingress &&
           std::ranges::any_of(policy.ingress, may_allow_ssh) &&
           policies.selectors[policy.selector.selector].matches(labels);
  });
}

static void check_ssh(const Subject& subject, const HookView& view, Diagnostics& diagnostics) {
  const ir::HostEndpoint* endpoint = subject.endpoint(view.hook);
  const SourceSpan list = subject.settings().failsafe_inbound_span;
  if (view.hook.direction != Direction::Ingress || !endpoint || !list.exists()) return;
  PacketSpace& space = subject.space();
  PacketSet ssh =
      space.intersect(space.protocol(ir::kTcp), space.ports(ir::End::Local, ir::PortSet({{kSsh, kSsh}})));
  ssh = space.intersect(ssh, client_packets(space, Direction::Ingress));
  const PacketSet untracked = view.packets(ir::Verdict::Untrack);
  const PacketSet let_in = space.unite(untracked, failsafe_packets(subject, view));
  if (!space.empty(space.intersect(ssh, let_in)) || may_reach_ssh(subject.origins().policies(), *endpoint))
    return;
  const auto witness = subject.witness(ssh, view.hook);
  if (!witness) return;
  Diagnostic& finding = diagnostics.report(list, ssh_shut_out, endpoint->name);
  finding.witness(fmt::format("{} is let in by nothing", to_string(*witness)));
  finding.note(endpoint->span, "without a policy that allows it, a host endpoint denies all other traffic");
  finding.help("add `{protocol: TCP, port: 22}` to the list, or the port that the node's sshd has");
}

void check_failsafes(const Subject& subject, Diagnostics& diagnostics) {
  check_rules(subject, diagnostics);
  if (subject.ruleset().hooks.empty()) return;
  check_lists(subject, diagnostics);
  for (const HookView& view : subject.hooks()) check_ssh(subject, view, diagnostics);
}

}  // namespace untrack::passes::lint
