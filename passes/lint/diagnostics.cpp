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
      &shadowed_rule.info,
      &rule_under_failsafe.info,
      &deny_of_failsafe_port.info,
      &allow_of_failsafe_port.info,
      &ban_spares_failsafe_ports.info,
      &order_tie.info,
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
      &every_port_from_source_port.info,
      &every_port_to_anyone.info,
      &failsafes_off.info,
      &ssh_shut_out.info,
      &denied_by_ordinary_policy.info,
      &not_proved.info,
      &not_analysed.info,
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
