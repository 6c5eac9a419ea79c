// Pods as workload endpoints (Calico libcalico-go/lib/backend/k8s/conversion/workload_endpoint_default.go).
#include <algorithm>

#include "frontend/resources/node_addresses.h"
#include "frontend/resources/object.h"
#include "frontend/resources/selectors.h"
#include "frontend/resources/workload.h"

namespace untrack::frontend::resources {

struct ContainerPortFields {
  Slot<Text> name, protocol;
  Slot<std::int64_t> port, host_port;
};
static constexpr Field<ContainerPortFields> kContainerPortFields[] = {
    field<&ContainerPortFields::name, text>("name"),
    field<&ContainerPortFields::protocol, text>("protocol"),
    field<&ContainerPortFields::port, integer_within<0, 65535>>("containerPort"),
    field<&ContainerPortFields::host_port, integer_within<0, 65535>>("hostPort"),
};
struct ContainerFields {
  Slot<std::vector<ContainerPortFields>> ports;
};
static constexpr Field<ContainerFields> kContainerFields[] = {
    field<&ContainerFields::ports, list<object<ContainerPortFields, kContainerPortFields>>>("ports"),
};
struct PodFields {
  Slot<Text> node_name, service_account;
  Slot<bool> host_network;
  Slot<std::vector<ContainerFields>> containers, init_containers;
};
static constexpr Field<PodFields> kPodFields[] = {
    field<&PodFields::node_name, text>("nodeName"),
    field<&PodFields::service_account, text>("serviceAccountName"),
    field<&PodFields::host_network, boolean>("hostNetwork"),
    field<&PodFields::containers, list<object<ContainerFields, kContainerFields>>>("containers"),
    field<&PodFields::init_containers, list<object<ContainerFields, kContainerFields>>>("initContainers"),
};

// TCP where nothing is said; nothing for a word that Kubernetes does not know.
static std::optional<ir::Protocol> protocol_of(std::string_view word) {
  if (word.empty() || word == "TCP") return ir::kTcp;
  if (word == "UDP") return ir::kUdp;
  if (word == "SCTP") return ir::kSctp;
  return std::nullopt;
}

static void add_port(const ContainerPortFields& fields, ir::WorkloadEndpoint& into) {
  const auto protocol = protocol_of(text_of(fields.protocol));
  if (!protocol) return;
  if (!text_of(fields.name).empty() && fields.port && *fields.port != 0)
    into.ports.push_back({fields.name->str(), *protocol, static_cast<ir::Port>(*fields.port)});
  if (fields.host_port && *fields.host_port != 0)
    into.host_ports.push_back({*protocol, static_cast<ir::Port>(*fields.host_port)});
}

static void add_ports(const PodFields& fields, ir::WorkloadEndpoint& into) {
  for (const auto* containers : {&fields.containers, &fields.init_containers}) {
    if (!*containers) continue;
    for (const ContainerFields& container : **containers) {
      if (!container.ports) continue;
      for (const ContainerPortFields& port : *container.ports) add_port(port, into);
    }
  }
}

static bool is_finished(const Object& object, const std::optional<yaml::Node>& status) {
  const auto phase = status ? status->find("phase") : std::nullopt;
  if (phase && (phase->text() == "Failed" || phase->text() == "Succeeded")) return true;
  // The CNI plugin empties the annotation when it has taken the address back.
  const auto metadata = object.whole.value.find("metadata");
  const auto annotation = object.metadata.annotations.find("cni.projectcalico.org/podIP");
  return metadata && is_written(*metadata, "deletionTimestamp") &&
         annotation != object.metadata.annotations.end() && annotation->second.text.empty();
}

static void add_listed(std::string_view commas, std::vector<ir::Address>& into) {
  while (!commas.empty()) {
    const std::size_t comma = std::min(commas.find(','), commas.size());
    add_address(address_of(commas.substr(0, comma)), into);
    commas.remove_prefix(std::min(comma + 1, commas.size()));
  }
}

// The first source that says something counts.
static std::vector<ir::Address> addresses_of(const Object& object) {
  std::vector<ir::Address> addresses;
  const auto status = object.whole.value.find("status");
  if (is_finished(object, status)) return addresses;
  const auto listed = status ? status->find("podIPs") : std::nullopt;
  for (std::size_t i = 0; listed && listed->is_sequence() && i < listed->size(); ++i) {
    if (const auto ip = listed->item(i).find("ip")) add_address(address_of(ip->text()), addresses);
  }
  const auto single = status ? status->find("podIP") : std::nullopt;
  if (addresses.empty() && single) add_address(address_of(single->text()), addresses);
  for (const std::string_view name :
       {"cni.projectcalico.org/podIPs", "cni.projectcalico.org/podIP", "vpc.amazonaws.com/pod-ips"}) {
    const auto annotation = object.metadata.annotations.find(name);
    if (addresses.empty() && annotation != object.metadata.annotations.end()) {
      add_listed(annotation->second.text, addresses);
    }
  }
  return addresses;
}

What read_kubernetes_pod(Context& context, const Object& object) {
  if (!object.spec) return {};
  const auto fields = resources::object<PodFields, kPodFields>(context, *object.spec);
  // A pod on the host's own network is no endpoint, one that no node has taken is none yet.
  if (!fields || text_of(fields->node_name).empty() || (fields->host_network && *fields->host_network))
    return {};
  ir::WorkloadEndpoint endpoint = named_workload(object);
  endpoint.addresses = addresses_of(object);
  if (endpoint.addresses.empty()) return {};
  endpoint.node = fields->node_name->str();
  add_ports(*fields, endpoint);
  const std::string_view account = text_of(fields->service_account);
  label_workload(object, "k8s", account, endpoint.labels);
  const std::string& namespace_name = object.metadata.namespace_name;
  endpoint.labels.profiles.emplace_back("kns." + namespace_name);
  if (!account.empty())
    endpoint.labels.profiles.emplace_back(fmt::format("ksa.{}.{}", namespace_name, account));
  return endpoint;
}

}  // namespace untrack::frontend::resources
