// Services, as far as packets to them are translated before they reach anything: by kube-proxy or its like
// (Kubernetes API reference, Service v1).
#include "frontend/resources/node_addresses.h"
#include "frontend/resources/object.h"
#include "frontend/resources/selectors.h"

namespace untrack::frontend::resources {

struct ServicePortFields {
  Slot<Text> protocol;
  Slot<std::int64_t> port, node_port;
};
static constexpr Field<ServicePortFields> kServicePortFields[] = {
    field<&ServicePortFields::protocol, text>("protocol"),
    field<&ServicePortFields::port, integer_within<0, 65535>>("port"),
    field<&ServicePortFields::node_port, integer_within<0, 65535>>("nodePort"),
};
struct ServiceFields {
  Slot<Text> cluster_ip, load_balancer_ip;
  Slot<std::vector<Text>> cluster_ips, external_ips;
  Slot<std::vector<ServicePortFields>> ports;
};
static constexpr Field<ServiceFields> kServiceFields[] = {
    field<&ServiceFields::cluster_ip, text>("clusterIP"),
    field<&ServiceFields::load_balancer_ip, text>("loadBalancerIP"),
    field<&ServiceFields::cluster_ips, list<text>>("clusterIPs"),
    field<&ServiceFields::external_ips, list<text>>("externalIPs"),
    field<&ServiceFields::ports, list<object<ServicePortFields, kServicePortFields>>>("ports"),
};

// `None`, of a service without an address of its own, is no address.
static void add_text(std::string_view text, std::vector<ir::Address>& into) {
  add_address(address_of(text), into);
}

static void add_load_balancers(const Object& object, std::vector<ir::Address>& into) {
  const auto status = object.whole.value.find("status");
  const auto balancer = status ? status->find("loadBalancer") : std::nullopt;
  const auto ingress = balancer ? balancer->find("ingress") : std::nullopt;
  for (std::size_t i = 0; ingress && ingress->is_sequence() && i < ingress->size(); ++i) {
    if (const auto ip = ingress->item(i).find("ip")) add_text(ip->text(), into);
  }
}

What read_kubernetes_service(Context& context, const Object& object) {
  if (!object.spec) return {};
  const auto fields = resources::object<ServiceFields, kServiceFields>(context, *object.spec);
  if (!fields || !fields->ports) return {};
  ir::Service service{
      object.metadata.namespace_name, object.metadata.name, {}, {}, object.metadata.name_span};
  add_text(text_of(fields->cluster_ip), service.addresses);
  add_text(text_of(fields->load_balancer_ip), service.addresses);
  for (const auto* list : {&fields->cluster_ips, &fields->external_ips}) {
    if (!*list) continue;
    for (const Text& text : **list) add_text(text.text, service.addresses);
  }
  add_load_balancers(object, service.addresses);
  for (const ServicePortFields& port : *fields->ports) {
    if (!port.port) continue;
    const std::string_view word = text_of(port.protocol);
    const ir::Protocol protocol = word == "UDP" ? ir::kUdp : word == "SCTP" ? ir::kSctp : ir::kTcp;
    const auto node_port = port.node_port ? *port.node_port : 0;
    service.ports.push_back({protocol, static_cast<ir::Port>(*port.port), static_cast<ir::Port>(node_port)});
  }
  return service;
}

}  // namespace untrack::frontend::resources
