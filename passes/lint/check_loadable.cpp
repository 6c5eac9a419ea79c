#include "passes/lint/check_loadable.h"

#include "passes/lint/dataplane_diagnostics.h"

namespace untrack::passes::lint {

using ir::NftablesMode;

static void check_icmp_codes(const Subject& subject, Diagnostics& diagnostics) {
  const NftablesMode mode = subject.settings().nftables_mode;
  if (mode == NftablesMode::Disabled) return;
  const auto& kind = mode == NftablesMode::Enabled ? icmp_code_in_nft_mode : icmp_code_may_meet_nft;
  subject.for_each_written_rule([&](const HookView&, ir::RuleRef, const ir::PolicyRule& rule) {
    const auto check = [&](const std::optional<ir::IcmpSpec>& icmp, std::string_view field) {
      if (!icmp || !icmp->code) return;
      diagnostics.report(icmp->span, kind, field)
          .help("match the type alone, or set `nftablesMode: Disabled`");
    };
    check(rule.icmp, "icmp");
    check(rule.not_icmp, "notICMP");
  });
}

static void check_reject(const Subject& subject, std::string_view setting, ir::DenyAction action,
                         SourceSpan span, Diagnostics& diagnostics) {
  if (action != ir::DenyAction::Reject || subject.ruleset().hooks.empty()) return;
  const ir::HostEndpoint* endpoint = subject.endpoint(subject.ruleset().hooks.front());
  if (!endpoint) return;
  diagnostics.report(span, deny_action_rejects, setting, endpoint->name)
      .note(endpoint->span, "the host endpoint is here")
      .help("leave the setting out: Deny then drops");
}

void check_loadable(const Subject& subject, Diagnostics& diagnostics) {
  const ir::FelixSettings& settings = subject.settings();
  check_icmp_codes(subject, diagnostics);
  if (settings.nftables_mode != NftablesMode::Enabled) {
    check_reject(subject, "iptablesFilterDenyAction", settings.iptables_deny_action,
                 settings.iptables_deny_action_span, diagnostics);
  }
  if (settings.nftables_mode != NftablesMode::Disabled) {
    check_reject(subject, "nftablesFilterDenyAction", settings.nftables_deny_action,
                 settings.nftables_deny_action_span, diagnostics);
  }
}

}  // namespace untrack::passes::lint
