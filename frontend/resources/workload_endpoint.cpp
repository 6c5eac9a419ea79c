#include "frontend/resources/endpoint_parts.h"
#include "frontend/resources/match_diagnostics.h"
#include "frontend/resources/nets.h"
#include "frontend/resources/object.h"
#include "frontend/resources/selectors.h"
#include "frontend/resources/workload.h"

namespace untrack::frontend::resources {

// Whole addresses only: /32 and /128 (Calico libcalico-go/lib/validator/v3/validator.go).
static std::optional<ir::Address> endpoint_address(Context& context, const Entry& entry) {
  const auto net = set_net(context, entry);
  if (!net) return std::nullopt;
  if (net->cidr.prefix_bits() == ir::address_bits(net->cidr.version())) return net->cidr.network();
  context.by_validator(entry.span(), invalid_address, entry.value.text());
  return std::nullopt;
}

struct WorkloadFields {
  Slot<Text> orchestrator, node, service_account, interface_name;
  Slot<std::vector<ir::Address>> ip_networks;
  Slot<std::vector<std::string>> profiles;
  Slot<std::vector<std::optional<ir::EndpointPort>>> ports;
};
static constexpr Field<WorkloadFields> kWorkloadFields[] = {
    field<&WorkloadFields::orchestrator, text>("orchestrator"),
    field<&WorkloadFields::node, text>("node"),
    field<&WorkloadFields::service_account, text>("serviceAccountName"),
    field<&WorkloadFields::interface_name, interface_name>("interfaceName", Presence::Required),
    field<&WorkloadFields::ip_networks, list<endpoint_address>>("ipNetworks"),
    field<&WorkloadFields::profiles, list<profile_name>>("profiles"),
    field<&WorkloadFields::ports, list<workload_port>>("ports"),
    checked<WorkloadFields, text>("workload"),
    checked<WorkloadFields, text>("containerID"),
    checked<WorkloadFields, text>("pod"),
    checked<WorkloadFields, text>("endpoint"),
    checked<WorkloadFields, text>("ipv4Gateway"),
    checked<WorkloadFields, text>("ipv6Gateway"),
    checked<WorkloadFields, text>("mac"),
    checked<WorkloadFields, list<anything>>("ipNATs"),
    checked<WorkloadFields, list<text>>("allowSpoofedSourcePrefixes"),
    checked<WorkloadFields, anything>("qosControls"),
};

What read_workload_endpoint(Context& context, const Object& object) {
  auto fields = read_spec<WorkloadFields, kWorkloadFields>(context, object);
  // Felix ignores an endpoint without address (updateprocessors/workloadendpointprocessor.go).
  if (!fields || !fields->ip_networks || fields->ip_networks->empty()) return {};
  ir::WorkloadEndpoint endpoint = named_workload(object);
  endpoint.node = text_of(fields->node);
  endpoint.addresses = *std::move(fields->ip_networks.value);
  if (fields->ports) {
    for (const auto& port : *fields->ports) {
      if (port) endpoint.ports.push_back(*port);
    }
  }
  label_workload(object, text_of(fields->orchestrator), text_of(fields->service_account), endpoint.labels);
  if (fields->profiles) endpoint.labels.profiles = *std::move(fields->profiles.value);
  return endpoint;
}

}  // namespace untrack::frontend::resources
