#include "frontend/resources/endpoint_diagnostics.h"
#include "frontend/resources/felix_diagnostics.h"
#include "frontend/resources/node_addresses.h"
#include "frontend/resources/object.h"
#include "frontend/resources/selectors.h"

namespace untrack::frontend::resources {

// ---- projectcalico.org/v3 Node

// An address, where `prefix` with a prefix length or without (Calico
// libcalico-go/lib/apis/internalapi/node.go: ipv4, ipv6, cidrv4, cidrv6). An inventory may hold either
// everywhere, so it is taken all the same.
template <ir::IpVersion version, bool prefix = false>
static std::optional<Text> node_address(Context& context, const Entry& entry) {
  const auto written = text(context, entry);
  if (!written || written->text.empty()) return written;
  const auto parsed = address_of(written->text);
  const bool bare = written->text.find('/') == std::string_view::npos;
  if (parsed && parsed->version() == version && (bare || prefix)) return written;
  context.by_validator(
      written->span(), malformed_setting, written->text, entry.field,
      fmt::format("an IPv{} address{}", static_cast<int>(version), prefix ? " with its prefix length" : ""));
  return written;
}
static constexpr auto kV4 = ir::IpVersion::V4, kV6 = ir::IpVersion::V6;

struct BgpFields {
  Slot<Text> ipv4, ipv6, ipip;
};
static constexpr Field<BgpFields> kBgpFields[] = {
    field<&BgpFields::ipv4, node_address<kV4, true>>("ipv4Address"),
    field<&BgpFields::ipv6, node_address<kV6, true>>("ipv6Address"),
    field<&BgpFields::ipip, node_address<kV4>>("ipv4IPIPTunnelAddr"),
    checked<BgpFields, integer_or_text>("asNumber"),
    checked<BgpFields, node_address<kV4>>("routeReflectorClusterID"),
};
static std::optional<BgpFields> bgp(Context& context, const Entry& entry) {
  if (entry.value.is_mapping() && entry.value.size() == 0) context.by_validator(entry.span(), empty_bgp);
  return object<BgpFields, kBgpFields>(context, entry);
}

struct WireguardFields {
  Slot<Text> ipv4, ipv6;
};
static constexpr Field<WireguardFields> kWireguardFields[] = {
    field<&WireguardFields::ipv4, node_address<kV4>>("interfaceIPv4Address"),
    field<&WireguardFields::ipv6, node_address<kV6>>("interfaceIPv6Address"),
};

struct AddressFields {
  Slot<Text> address, type;
};
static constexpr Field<AddressFields> kAddressFields[] = {
    field<&AddressFields::address, text>("address"),
    field<&AddressFields::type, text>("type"),
};

struct NodeFields {
  Slot<BgpFields> bgp;
  Slot<Text> vxlan_ipv4, vxlan_ipv6;
  Slot<WireguardFields> wireguard;
  Slot<std::vector<AddressFields>> addresses;
  Slot<std::vector<std::monostate>> interfaces;
};
static constexpr Field<NodeFields> kNodeFields[] = {
    field<&NodeFields::bgp, bgp>("bgp"),
    field<&NodeFields::vxlan_ipv4, node_address<kV4>>("ipv4VXLANTunnelAddr"),
    field<&NodeFields::vxlan_ipv6, node_address<kV6>>("ipv6VXLANTunnelAddr"),
    field<&NodeFields::wireguard, object<WireguardFields, kWireguardFields>>("wireguard"),
    field<&NodeFields::addresses, list<object<AddressFields, kAddressFields>>>("addresses"),
    field<&NodeFields::interfaces, list<anything>>("interfaces"),
    checked<NodeFields, text>("vxlanTunnelMACAddr"),
    checked<NodeFields, text>("vxlanTunnelMACAddrV6"),
    checked<NodeFields, list<anything>>("orchRefs"),
};

// In the order of the controller that makes host endpoints of them
// (Calico kube-controllers/pkg/controllers/node/hostendpoints.go).
static std::vector<ir::Address> addresses_of(const NodeFields& fields) {
  std::vector<ir::Address> addresses;
  const auto add = [&](const Slot<Text>& slot) { add_address(address_of(text_of(slot)), addresses); };
  if (fields.bgp) {
    add(fields.bgp->ipv4);
    add(fields.bgp->ipv6);
    add(fields.bgp->ipip);
  }
  add(fields.vxlan_ipv4);
  add(fields.vxlan_ipv6);
  if (fields.wireguard) {
    add(fields.wireguard->ipv4);
    add(fields.wireguard->ipv6);
  }
  if (!fields.addresses) return addresses;
  for (const AddressFields& address : *fields.addresses) {
    if (text_of(address.type) == "InternalIP") add(address.address);
  }
  return addresses;
}

static NodeFacts named_node(const Object& object) {
  NodeFacts facts;
  facts.node.name = object.metadata.name;
  facts.node.labels = object.metadata.labels;
  facts.node.span = object.metadata.name_span;
  return facts;
}

What read_node(Context& context, const Object& object) {
  NodeFacts facts = named_node(object);
  if (!object.spec) return facts;
  const auto fields = resources::object<NodeFields, kNodeFields>(context, *object.spec);
  if (!fields) return facts;
  facts.addresses = addresses_of(*fields);
  if (const auto interfaces = object.spec->value.find("interfaces"))
    facts.node.interfaces = interfaces_of(*interfaces);
  return facts;
}

// ---- v1 Node of Kubernetes (Calico libcalico-go/lib/backend/k8s/resources/node.go)

static std::vector<ir::Node::Interface> annotated_interfaces(std::string_view json) {
  SourceMap text;
  Diagnostics unheard;
  const BufferId buffer = text.add("projectcalico.org/Interfaces", std::string(json));
  const auto documents = yaml::parse(text, buffer, unheard);
  return documents.size() == 1 ? interfaces_of(documents.front().root()) : std::vector<ir::Node::Interface>{};
}

static void add_internal_addresses(const Object& object, std::vector<ir::Address>& into) {
  const auto status = object.whole.value.find("status");
  const auto addresses = status ? status->find("addresses") : std::nullopt;
  for (std::size_t i = 0; addresses && addresses->is_sequence() && i < addresses->size(); ++i) {
    const auto type = addresses->item(i).find("type"), address = addresses->item(i).find("address");
    if (type && address && type->text() == "InternalIP") add_address(address_of(address->text()), into);
  }
}

What read_kubernetes_node(Context&, const Object& object) {
  static constexpr std::string_view kAddressAnnotations[] = {
      "projectcalico.org/IPv4Address",
      "projectcalico.org/IPv6Address",
      "projectcalico.org/IPv4IPIPTunnelAddr",
      "projectcalico.org/IPv4VXLANTunnelAddr",
      "projectcalico.org/IPv6VXLANTunnelAddr",
      "projectcalico.org/IPv4WireguardInterfaceAddr",
      "projectcalico.org/IPv6WireguardInterfaceAddr",
  };
  NodeFacts facts = named_node(object);
  facts.of_kubernetes = true;
  const auto& annotations = object.metadata.annotations;
  for (const std::string_view name : kAddressAnnotations) {
    if (const auto found = annotations.find(name); found != annotations.end()) {
      add_address(address_of(found->second.text), facts.addresses);
    }
  }
  add_internal_addresses(object, facts.addresses);
  if (const auto found = annotations.find("projectcalico.org/Interfaces"); found != annotations.end()) {
    facts.node.interfaces = annotated_interfaces(found->second.text);
  }
  return facts;
}

}  // namespace untrack::frontend::resources
