#include "frontend/resources/endpoint_diagnostics.h"
#include "frontend/resources/endpoint_parts.h"
#include "frontend/resources/field_diagnostics.h"
#include "frontend/resources/lists.h"
#include "frontend/resources/nets.h"
#include "frontend/resources/object.h"
#include "frontend/resources/selectors.h"

namespace untrack::frontend::resources {

static std::optional<Text> node_name(Context& context, const Entry& entry) {
  const auto written = text(context, entry);
  if (!written) return std::nullopt;
  if (written->text.empty()) {
    context.by_schema(entry.key, missing_field, "node", "`spec`");  // MinLength 1
    return std::nullopt;
  }
  return check_name(context, *written) ? written : std::nullopt;
}

struct HostEndpointFields {
  Slot<Text> node, interface_name;
  Slot<std::vector<AddressText>> expected_ips;
  Slot<std::vector<Symbol>> profiles;
  Slot<std::vector<ir::EndpointPort>> ports;
};
static constexpr Field<HostEndpointFields> kHostEndpointFields[] = {
    field<&HostEndpointFields::node, node_name>("node", Presence::Required),
    field<&HostEndpointFields::interface_name, interface_name>("interfaceName"),
    field<&HostEndpointFields::expected_ips, set<address>>("expectedIPs"),
    field<&HostEndpointFields::profiles, set<profile_name>>("profiles"),
    field<&HostEndpointFields::ports, list<endpoint_port>>("ports"),
};

// A CEL rule of the schema.
static void check_place(Context& context, const Object& object, const HostEndpointFields& fields) {
  const bool has_interface =
      fields.interface_name ? !fields.interface_name->text.empty() : fields.interface_name.written;
  const bool has_address =
      fields.expected_ips ? fields.expected_ips.value->size() > 0 : fields.expected_ips.written;
  if (!has_interface && !has_address) context.by_schema(object.spec->key, endpoint_without_place);
}

// Whoever writes such a label lets namespaced policy in (docs/semantics.md, "Effective selectors").
static void check_labels(Context& context, const Object& object) {
  const auto metadata = member_of(object.whole, "metadata");
  const auto labels = metadata ? member_of(*metadata, "labels") : std::nullopt;
  if (!labels || !labels->value.is_mapping()) return;
  for (std::size_t i = 0; i < labels->value.size(); ++i) {
    const yaml::Node key = labels->value.key(i);
    const std::string_view label = key.text();
    if (label == "projectcalico.org/namespace" || label.starts_with("pcns.") || label.starts_with("pcsa."))
      context.remark(key.span(), namespaced_host_endpoint, label);
  }
}

// Calico libcalico-go/lib/backend/syncersv1/updateprocessors/hostendpointprocessor.go.
static void check_dscp(Context& context, const Object& object) {
  const auto annotation = object.metadata.annotations.find("qos.projectcalico.org/dscp");
  if (annotation != object.metadata.annotations.end())
    context.remark(annotation->second.span(), dscp_not_compiled);
}

What read_host_endpoint(Context& context, const Object& object) {
  check_labels(context, object);
  check_dscp(context, object);
  const std::size_t errors = context.errors();
  auto fields = read_spec<HostEndpointFields, kHostEndpointFields>(context, object);
  if (!fields) return {};
  if (context.errors() == errors) check_place(context, object, *fields);
  // Without one of its parts it would be bound to another interface, or none.
  if (context.errors() != errors || !fields->node) return {};

  ir::HostEndpoint endpoint;
  endpoint.name = object.metadata.name;
  endpoint.span = object.metadata.name_span;
  endpoint.node = fields->node->str();
  endpoint.node_span = fields->node.span;
  endpoint.interface_name = text_of(fields->interface_name);
  endpoint.interface_span =
      fields->interface_name.written ? fields->interface_name.span : fields->expected_ips.span;
  if (fields->expected_ips) {
    for (const AddressText& expected : *fields->expected_ips)
      endpoint.expected_ips.push_back(expected.address);
  }
  if (fields->ports) endpoint.ports = *std::move(fields->ports.value);
  endpoint.labels.labels = object.metadata.labels;
  if (fields->profiles) endpoint.labels.profiles = *std::move(fields->profiles.value);
  return endpoint;
}

}  // namespace untrack::frontend::resources
