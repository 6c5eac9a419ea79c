#include "passes/lint/diagnostics.h"

#include <fmt/format.h>

namespace untrack::passes::lint {

DiagnosticList diagnostics() {
  static constexpr const DiagnosticInfo* all[] = {
      &reply_not_untracked.info,
      &incoming_reply_not_untracked.info,
      &reply_denied.info,
      &answered_in_one_version.info,
      &icmp_errors_tracked.info,
      &workload_service_untracked.info,
      &workload_traffic_untracked.info,
      &node_ports_untracked.info,
      &ordinary_rule_unused.info,
      &answered_on_one_interface.info,
      &reply_of_tracked_denied.info,
      &service_untracked.info,
      &host_port_untracked.info,
      &client_of_service_untracked.info,
      &shadowed_rule.info,
      &rule_under_failsafe.info,
      &deny_of_failsafe_port.info,
      &allow_of_failsafe_port.info,
      &ban_spares_failsafe_ports.info,
      &duplicate_rule.info,
      &covered_policy.info,
      &duplicate_policy.info,
      &policy_without_rules.info,
      &rules_of_unlisted_direction.info,
      &order_tie.info,
      &contradictory_rule.info,
      &covered_item.info,
      &exclusion_without_effect.info,
      &egress_rule_for_workloads.info,
      &tier_default_unused.info,
      &several_untracked_tiers.info,
      &tiers_not_in_ebpf.info,
      &interface_not_in_ebpf.info,
      &protocol_not_in_ebpf.info,
      &icmp_code_in_nft_mode.info,
      &icmp_code_may_meet_nft.info,
      &widened_by_match_blocks.info,
      &staged_enforced_by_xdp.info,
      &deny_action_rejects.info,
      &not_accelerated.info,
      &early_drop.info,
      &sctp_ports_in_ebpf.info,
      &every_port_from_source_port.info,
      &every_port_to_anyone.info,
      &failsafes_off.info,
      &ssh_shut_out.info,
      &denied_by_ordinary_policy.info,
      &tunnel_denied.info,
      &neighbours_denied.info,
      &not_proved.info,
      &not_analysed.info,
      &set_too_large.info,
      &nets_instead_of_set.info,
      &ports_instead_of_ranges.info,
      &rules_to_fold.info,
  };
  return all;
}

std::string raise_budget(std::size_t edge_budget) {
  return fmt::format(
      "raise `--proof-budget`, now {} edges of 16 bytes; what costs most are many rules that restrict both "
      "sides and "
      "overlap in part, and Log rules that overlap",
      edge_budget);
}

}  // namespace untrack::passes::lint
