#include "frontend/resources/diagnostics.h"

#include "frontend/resources/endpoint_diagnostics.h"
#include "frontend/resources/felix_diagnostics.h"
#include "frontend/resources/field_diagnostics.h"
#include "frontend/resources/match_diagnostics.h"
#include "frontend/resources/metadata_diagnostics.h"
#include "frontend/resources/policy_diagnostics.h"
#include "frontend/resources/profile_diagnostics.h"
#include "frontend/resources/rule_diagnostics.h"

namespace untrack::frontend::resources {

// In the order of their codes.
static constexpr const DiagnosticInfo* kAll[] = {
    &unknown_field.info,
    &field_letter_case.info,
    &wrong_type.info,
    &missing_field.info,
    &text_without_quotes.info,
    &not_whole.info,
    &number_out_of_range.info,
    &not_finite.info,
    &not_a_duration.info,
    &unknown_word.info,
    &not_an_object.info,
    &missing_kind.info,
    &missing_api_version.info,
    &unknown_kind.info,
    &wrong_api_version.info,
    &unreadable_metadata_annotation.info,
    &selector_syntax.info,
    &invalid_name.info,
    &name_too_long.info,
    &namespace_on_cluster_scoped.info,
    &invalid_key.info,
    &invalid_label_value.info,
    &reserved_label.info,
    &annotations_too_large.info,
    &duplicate_object.info,
    &unknown_tier.info,
    &untracked_and_pre_dnat.info,
    &pre_dnat_egress.info,
    &apply_on_forward_missing.info,
    &repeated_word.info,
    &repeated_item.info,
    &empty_types.info,
    &too_many_items.info,
    &selector_too_long.info,
    &global_in_selector.info,
    &global_not_alone.info,
    &effective_selector_broken.info,
    &staged_delete_not_empty.info,
    &ports_without_protocol.info,
    &ports_with_wrong_protocol.info,
    &icmp_without_protocol.info,
    &icmp_code_without_type.info,
    &icmp_ip_version.info,
    &mixed_families.info,
    &net_ip_version.info,
    &http_needs_tcp.info,
    &http_needs_allow.info,
    &http_in_egress.info,
    &invalid_http_path.info,
    &services_with_ports.info,
    &services_wrong_direction.info,
    &services_without_namespace.info,
    &services_not_alone.info,
    &service_without_namespace.info,
    &invalid_service_account_name.info,
    &unknown_protocol.info,
    &protocol_out_of_range.info,
    &invalid_port.info,
    &port_range_reversed.info,
    &port_out_of_range.info,
    &invalid_port_name.info,
    &invalid_net.info,
    &host_bits_set.info,
    &bare_address.info,
    &catch_all_negated.info,
    &mapped_address.info,
    &invalid_address.info,
    &endpoint_without_place.info,
    &invalid_interface_name.info,
    &numeric_port_protocol.info,
    &port_protocol.info,
    &profile_name_too_long.info,
    &built_in_tier_changed.info,
    &node_selector_not_allowed.info,
    &felix_configuration_without_nodes.info,
    &failsafe_protocol.info,
    &failsafe_net.info,
    &malformed_setting.info,
    &invalid_regex.info,
    &named_port_not_allowed.info,
    &regex_beyond_us.info,
    &regex_not_taken.info,
    &unchecked_in_profile.info,
    &assumed_namespace.info,
    &assumed_service_account.info,
};

DiagnosticList diagnostics() {
  return kAll;
}

}  // namespace untrack::frontend::resources
