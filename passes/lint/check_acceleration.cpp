#include "passes/lint/check_acceleration.h"

#include <optional>

#include <fmt/format.h>

#include "passes/lint/dataplane_diagnostics.h"
#include "passes/lint/xdp_acceleration.h"

namespace untrack::passes::lint {

// A Deny of senders, whatever they send: what XDP is for.
static bool is_deny_list(const ir::PolicyRule& rule) {
  const bool names_senders = rule.source.selector || !rule.source.nets.empty();
  return std::holds_alternative<ir::Deny>(rule.action) && names_senders && rule.source.ports.empty() &&
         rule.destination.ports.empty();
}

static std::optional<std::string> obstacle(const HookView& view, ir::RuleRef ref,
                                           const ir::PolicyRule& written) {
  const ir::Provenance& origin = view.rule(ref).provenance.front();
  const std::string& first_policy = view.hook.blocks[ref.block].rules.front().provenance.front().policy;
  if (origin.policy != first_policy)
    return fmt::format("`{}` comes before its policy, and only the first one of a tier counts", first_policy);
  if (origin.index != 0) return "it is not the first rule of its policy";
  if (const auto found = obstacle_to_xdp(written)) return std::string(*found);
  return std::nullopt;
}

void check_acceleration(const Subject& subject, Diagnostics& diagnostics) {
  const ir::FelixSettings& settings = subject.settings();
  const bool asked_for = settings.xdp_enabled.value_or(false) || settings.generic_xdp_enabled;
  const bool off = settings.bpf_enabled || !settings.xdp_enabled.value_or(true);
  if (!asked_for || off) return;
  subject.for_each_written_rule([&](const HookView& view, ir::RuleRef ref, const ir::PolicyRule& written) {
    if (view.hook.direction != ir::Direction::Ingress || !is_deny_list(written)) return;
    const auto found = obstacle(view, ref, written);
    if (!found) return;
    Diagnostic& finding = diagnostics.report(written.span, not_accelerated, *found);
    subject.note_endpoint(view.hook, finding);
    finding.help(
        "make it the first rule of the first policy of its tier: `action: Deny` with "
        "`source: {selector: ...}` and nothing else");
  });
}

}  // namespace untrack::passes::lint
