#include "passes/lint/check_ebpf_mode.h"

#include <algorithm>

#include <fmt/format.h>

#include "passes/lint/dataplane_diagnostics.h"
#include "support/go_regex.h"

namespace untrack::passes::lint {

// The first policy of each tier that has untracked rules on an interface, in either direction.
static std::vector<const ir::Policy*> first_by_tier(const Subject& subject, const HookView& ingress,
                                                    const HookView& egress) {
  std::vector<const ir::Policy*> firsts;
  for (const HookView* view : {&ingress, &egress}) {
    for (const ir::Block& block : view->hook.blocks) {
      const ir::Policy* policy = subject.origins().policy(block.rules.front().provenance.front());
      const auto of_same_tier = [&](const ir::Policy* other) { return other->tier == policy->tier; };
      if (policy && std::ranges::none_of(firsts, of_same_tier)) firsts.push_back(policy);
    }
  }
  return firsts;
}

// `tier` may be left out of a policy, and has no place then.
static SourceSpan tier_place(const ir::Policy& policy) {
  return policy.tier_span.exists() ? policy.tier_span : policy.span;
}

static void check_tiers(const Subject& subject, const HookView& ingress, const HookView& egress,
                        Diagnostics& diagnostics) {
  const auto policies = first_by_tier(subject, ingress, egress);
  const bool any_ingress = std::ranges::any_of(
      ingress.hook.blocks, [&](const ir::Block& block) { return !block.name.starts_with("failsafe"); });
  if (policies.size() < 2 || !any_ingress) return;
  const auto& kind = subject.settings().bpf_enabled ? tiers_not_in_ebpf : several_untracked_tiers;
  Diagnostic& finding =
      diagnostics.report(tier_place(*policies[1]), kind, policies[0]->tier, policies[1]->tier);
  finding.note(tier_place(*policies[0]), "the other tier is here");
  subject.note_endpoint(ingress.hook, finding);
  finding.help("put the untracked policy of an endpoint into one tier; `order` sorts it there");
}

static void check_interface(const Subject& subject, const HookView& ingress, Diagnostics& diagnostics) {
  const ir::FelixSettings& settings = subject.settings();
  const std::string& name = ingress.hook.interface_name;
  const ir::HostEndpoint* endpoint = subject.endpoint(ingress.hook);
  // What does not compile is reported where it is read.
  const auto matched_by = [&](const std::string& pattern) {
    if (pattern.empty()) return false;
    const auto compiled = GoRegex::compile(pattern);
    const auto* regex = std::get_if<GoRegex>(&compiled);
    return !regex || regex->is_found_in(name);
  };
  if (!endpoint || matched_by(settings.bpf_data_interfaces) || matched_by(settings.bpf_l3_interfaces)) return;
  const SourceSpan span = endpoint->interface_name.empty() ? endpoint->span : endpoint->interface_span;
  diagnostics.report(span, interface_not_in_ebpf, name, settings.bpf_data_interfaces)
      .help(fmt::format("add the interface to the pattern in FelixConfiguration: `bpfDataIfacePattern: "
                        "'{}|^{}$'`",
                        settings.bpf_data_interfaces, name));
}

static void check_sctp(const ir::PolicyRule& rule, Diagnostics& diagnostics) {
  if (!rule.protocol || rule.protocol->protocol != ir::kSctp) return;
  for (const ir::EntityRule* side : {&rule.source, &rule.destination}) {
    if (side->ports.empty()) continue;
    diagnostics.report(side->ports.front().span, sctp_ports_in_ebpf)
        .help("match the peers by address, without ports, or leave SCTP to ordinary policy");
    return;
  }
}

static void check_protocols(const Subject& subject, Diagnostics& diagnostics) {
  subject.for_each_written_rule([&](const HookView& view, ir::RuleRef, const ir::PolicyRule& rule) {
    if (view.hook.direction != ir::Direction::Ingress) return;
    check_sctp(rule, diagnostics);
    for (const auto* spec : {&rule.protocol, &rule.not_protocol}) {
      if (!*spec || !(*spec)->by_name) continue;
      const ir::Protocol protocol = (*spec)->protocol;
      const bool is_icmp6 = protocol == ir::kIcmp6;
      if (!is_icmp6 && protocol != ir::kUdpLite) continue;
      diagnostics.report((*spec)->span, protocol_not_in_ebpf, is_icmp6 ? "ICMPv6" : "UDPLite")
          .help(fmt::format("write its number, `{}`", protocol.number) +
                (is_icmp6 ? ", and `ipVersion: 6` with it" : ""));
    }
  });
}

void check_ebpf_mode(const Subject& subject, Diagnostics& diagnostics) {
  const bool chosen = subject.settings().bpf_enabled;
  subject.for_each_interface([&](const HookView& ingress, const HookView& egress) {
    check_tiers(subject, ingress, egress, diagnostics);
    if (chosen) check_interface(subject, ingress, diagnostics);
  });
  if (chosen) check_protocols(subject, diagnostics);
}

}  // namespace untrack::passes::lint
