#include <algorithm>

#include "frontend/resources/endpoint_diagnostics.h"
#include "frontend/resources/endpoint_parts.h"
#include "frontend/resources/felix_diagnostics.h"
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
  context.by_validator(entry.span(), invalid_address, entry.value.text())
      .help("an endpoint has whole addresses: their length is /32, or /128 for IPv6");
  return std::nullopt;
}

struct NatFields {
  Slot<AddressText> internal_ip, external_ip;
};
static constexpr Field<NatFields> kNatFields[] = {
    field<&NatFields::internal_ip, address>("internalIP"),
    field<&NatFields::external_ip, address>("externalIP"),
};

template <ir::IpVersion version>
static std::optional<Text> gateway(Context& context, const Entry& entry) {
  const auto written = text(context, entry);
  if (!written || written->text.empty()) return written;
  const auto parsed = ir::Address::parse(written->text);
  if (parsed && parsed->version() == version) return written;
  context.by_validator(written->span(), malformed_setting, written->text, entry.field,
                       version == ir::IpVersion::V4 ? "an IPv4 address" : "an IPv6 address");
  return std::nullopt;
}

// Names go into a label or the name of the endpoint.
static std::optional<Text> name(Context& context, const Entry& entry) {
  const auto written = text(context, entry);
  return written && (written->text.empty() || check_name(context, *written)) ? written : std::nullopt;
}

struct WorkloadFields {
  Slot<Text> orchestrator, node, service_account, interface_name;
  Slot<std::vector<NatFields>> nats;
  Slot<std::vector<ir::Address>> ip_networks;
  Slot<std::vector<Symbol>> profiles;
  Slot<std::vector<WorkloadPort>> ports;
};
static constexpr Field<WorkloadFields> kWorkloadFields[] = {
    field<&WorkloadFields::orchestrator, name>("orchestrator"),
    field<&WorkloadFields::node, name>("node"),
    field<&WorkloadFields::service_account, name>("serviceAccountName"),
    field<&WorkloadFields::interface_name, interface_name>("interfaceName", Presence::Required),
    field<&WorkloadFields::ip_networks, list<endpoint_address>>("ipNetworks"),
    field<&WorkloadFields::profiles, list<profile_name>>("profiles"),
    field<&WorkloadFields::ports, list<workload_port>>("ports"),
    checked<WorkloadFields, name>("workload"),
    checked<WorkloadFields, text>("containerID"),
    checked<WorkloadFields, name>("pod"),
    checked<WorkloadFields, name>("endpoint"),
    checked<WorkloadFields, gateway<ir::IpVersion::V4>>("ipv4Gateway"),
    checked<WorkloadFields, gateway<ir::IpVersion::V6>>("ipv6Gateway"),
    checked<WorkloadFields, text>("mac"),
    field<&WorkloadFields::nats, list<object<NatFields, kNatFields>>>("ipNATs"),
    checked<WorkloadFields, list<set_net>>("allowSpoofedSourcePrefixes"),
    checked<WorkloadFields, anything>("qosControls"),
};

// NATs take no part in what rules match (the external address is no member of a set); they are checked.
static void check_nats(Context& context, const WorkloadFields& fields) {
  if (!fields.nats) return;
  for (const NatFields& nat : *fields.nats) {
    if (!nat.internal_ip || !nat.external_ip) continue;
    const ir::Address inside = nat.internal_ip->address;
    if (inside.version() != nat.external_ip->address.version()) {
      context
          .by_validator(nat.external_ip.span, nat_of_endpoint,
                        "the two addresses of a NAT have one IP version")
          .note(nat.internal_ip.span, "the other one");
    }
    const bool own =
        !fields.ip_networks || std::ranges::find(*fields.ip_networks, inside) != fields.ip_networks->end();
    if (!own) {
      context.by_validator(nat.internal_ip.span, nat_of_endpoint,
                           "the internal address of a NAT is one of `ipNetworks`");
    }
  }
}

What read_workload_endpoint(Context& context, const Object& object) {
  auto fields = read_spec<WorkloadFields, kWorkloadFields>(context, object);
  if (fields) check_nats(context, *fields);
  // Felix ignores an endpoint without address (updateprocessors/workloadendpointprocessor.go).
  if (!fields || !fields->ip_networks || fields->ip_networks->empty()) return {};
  ir::WorkloadEndpoint endpoint = named_workload(object);
  endpoint.node = text_of(fields->node);
  endpoint.addresses = *std::move(fields->ip_networks.value);
  if (fields->ports) {
    for (const WorkloadPort& port : *fields->ports) {
      if (port.named) endpoint.ports.push_back(*port.named);
      if (port.on_host) endpoint.host_ports.push_back(*port.on_host);
    }
  }
  label_workload(object, text_of(fields->orchestrator), text_of(fields->service_account), endpoint.labels);
  if (fields->profiles) endpoint.labels.profiles = *std::move(fields->profiles.value);
  return endpoint;
}

}  // namespace untrack::frontend::resources
