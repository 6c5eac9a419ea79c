// Kubernetes' own objects as far as selectors and services ask for them (Calico
// libcalico-go/lib/backend/k8s/conversion/conversion.go, felix/serviceindex/serviceindex.go).
#include "frontend/resources/built_in.h"
#include "frontend/resources/object.h"
#include "frontend/resources/selectors.h"

namespace untrack::frontend::resources {

static void inherit(const ir::Labels& labels, std::string_view prefix, ir::Profile& into) {
  for (const auto& [key, value] : labels)
    into.labels.insert_or_assign(Symbol(fmt::format("{}{}", prefix, key.text())), value);
}

What read_kubernetes_namespace(Context&, const Object& object) {
  const std::string& name = object.metadata.name;
  ir::Profile profile{"kns." + name, {}, object.metadata.name_span, allow_everything()};
  inherit(object.metadata.labels, "pcns.", profile);
  profile.labels.insert_or_assign("pcns.projectcalico.org/name", name);
  return profile;
}

What read_kubernetes_service_account(Context&, const Object& object) {
  const std::string& name = object.metadata.name;
  ir::Profile profile{fmt::format("ksa.{}.{}", object.metadata.namespace_name, name),
                      {},
                      object.metadata.name_span,
                      ir::ProfileRules()};
  inherit(object.metadata.labels, "pcsa.", profile);
  profile.labels.insert_or_assign("pcsa.projectcalico.org/name", name);
  return profile;
}

// ---- EndpointSlice

struct SlicePortFields {
  Slot<Text> protocol;
  Slot<std::int64_t> port;
};
static constexpr Field<SlicePortFields> kSlicePortFields[] = {
    field<&SlicePortFields::protocol, text>("protocol"),
    field<&SlicePortFields::port, integer_within<0, 65535>>("port"),
};
struct SliceEndpointFields {
  Slot<std::vector<Text>> addresses;
};
static constexpr Field<SliceEndpointFields> kSliceEndpointFields[] = {
    field<&SliceEndpointFields::addresses, list<text>>("addresses"),
};
// In an EndpointSlice they stand beside `metadata`, not in a `spec`.
struct SliceFields {
  Slot<std::vector<SliceEndpointFields>> endpoints;
  Slot<std::vector<SlicePortFields>> ports;
};
static constexpr Field<SliceFields> kSliceFields[] = {
    field<&SliceFields::endpoints, list<object<SliceEndpointFields, kSliceEndpointFields>>>("endpoints"),
    field<&SliceFields::ports, list<object<SlicePortFields, kSlicePortFields>>>("ports"),
};

static std::vector<std::pair<ir::Protocol, ir::Port>> ports_of(const SliceFields& fields) {
  std::vector<std::pair<ir::Protocol, ir::Port>> ports;
  if (!fields.ports) return ports;
  for (const SlicePortFields& port : *fields.ports) {
    if (!port.port) continue;
    const std::string_view word = text_of(port.protocol);
    const ir::Protocol protocol = word == "UDP" ? ir::kUdp : word == "SCTP" ? ir::kSctp : ir::kTcp;
    ports.emplace_back(protocol, static_cast<ir::Port>(*port.port));
  }
  return ports;
}

What read_kubernetes_endpoint_slice(Context& context, const Object& object) {
  const auto service = object.metadata.labels.find("kubernetes.io/service-name");
  if (service == object.metadata.labels.end() || service->second.text().empty()) return {};
  const auto fields = resources::object<SliceFields, kSliceFields>(context, object.whole);
  if (!fields || !fields->endpoints) return {};
  ir::ServiceEndpoints part{object.metadata.namespace_name, std::string(service->second), {}};
  const auto ports = ports_of(*fields);
  for (const SliceEndpointFields& endpoint : *fields->endpoints) {
    if (!endpoint.addresses) continue;
    for (const Text& text : *endpoint.addresses) {
      // Of addressType FQDN they are names.
      if (const auto address = ir::Address::parse(text.text)) part.members.push_back({*address, ports});
    }
  }
  return part;
}

}  // namespace untrack::frontend::resources
