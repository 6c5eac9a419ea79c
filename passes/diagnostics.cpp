#include "passes/diagnostics.h"

namespace untrack::passes {

static constexpr const DiagnosticInfo* kAll[] = {
    &selector_matches_nothing.info,
    &named_port_without_endpoints.info,
    &service_without_endpoints.info,
    &no_ip_version_left.info,
    &icmp_restricts_nothing.info,
    &selector_of_unknown_labels.info,
    &policy_without_endpoints.info,
    &all_interfaces_endpoint.info,
    &workload_interface.info,
    &excluded_interface.info,
    &unknown_interface.info,
    &interface_beyond_us.info,
    &inactive_endpoint.info,
    &unknown_node.info,
    &http_in_untracked_rule.info,
    &protocol_and_not_protocol.info,
    &endpoint_without_addresses.info,
    &not_nets_of_one_version.info,
    &icmp_by_number.info,
    &all_interfaces_in_ebpf.info,
};

DiagnosticList diagnostics() {
  return kAll;
}

}  // namespace untrack::passes
