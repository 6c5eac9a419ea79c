// A document with its kind known and its metadata read, and what the readers of the kinds make of it.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "frontend/resources/metadata.h"
#include "ir/policy.h"

namespace untrack::frontend::resources {

struct Object {
  Entry whole;
  Metadata metadata;
  std::optional<Entry> spec;  // there, not null and a mapping
  bool stored = false;        // crd.projectcalico.org/v1: as stored, no client has filled in anything
};

// A Node document, of Calico or of Kubernetes. Automatic host endpoints take the addresses in this order.
struct NodeFacts {
  ir::Node node;
  std::vector<ir::Address> addresses;  // without those of the interfaces
  bool of_kubernetes = false;
};

// One template of automatic host endpoints.
struct EndpointTemplate {
  std::string generate_name;
  std::vector<ir::Cidr> interface_cidrs;
  std::string interface_pattern;  // a regular expression, searched; empty: none
  SourceSpan pattern_span;
  ir::Labels labels;
  std::optional<ir::SelectorId> node_selector;  // over the labels of the node; absent: every node
};

// KubeControllersConfiguration, as far as it makes host endpoints and their labels.
struct AutoHostEndpoints {
  bool sync_labels = true;  // labels of Kubernetes nodes become those of Calico's
  bool enabled = false;
  bool default_endpoint = true;
  SourceSpan span;  // metadata.name
  std::vector<EndpointTemplate> templates;
};

// std::monostate: nothing of it is to be used, though the name is taken. A cluster has few settings and many
// of the rest, so settings are kept elsewhere: they would double the size of all.
using What = std::variant<std::monostate, ir::Policy, ir::Tier, ir::HostEndpoint, ir::NetworkSet, ir::Profile,
                          std::unique_ptr<ir::FelixConfiguration>, ir::WorkloadEndpoint, ir::ServiceEndpoints,
                          ir::Service, NodeFacts, AutoHostEndpoints>;

struct Resource {
  std::string_view kind;
  std::string namespace_name, name;
  SourceSpan span;
  What what;
};

// The readers: one for each kind or family (frontend/resources/kinds.cpp lists them).
What read_global_network_policy(Context& context, const Object& object);
What read_network_policy(Context& context, const Object& object);
What read_staged_global_network_policy(Context& context, const Object& object);
What read_staged_network_policy(Context& context, const Object& object);
What read_staged_kubernetes_network_policy(Context& context, const Object& object);
What read_tier(Context& context, const Object& object);
What read_host_endpoint(Context& context, const Object& object);
What read_global_network_set(Context& context, const Object& object);
What read_network_set(Context& context, const Object& object);
What read_felix_configuration(Context& context, const Object& object);
What read_profile(Context& context, const Object& object);
What read_workload_endpoint(Context& context, const Object& object);
What read_node(Context& context, const Object& object);
What read_kube_controllers_configuration(Context& context, const Object& object);
What read_kubernetes_namespace(Context& context, const Object& object);
What read_kubernetes_service_account(Context& context, const Object& object);
What read_kubernetes_pod(Context& context, const Object& object);
What read_kubernetes_node(Context& context, const Object& object);
What read_kubernetes_endpoint_slice(Context& context, const Object& object);
What read_kubernetes_service(Context& context, const Object& object);

// The field `spec` by a table; nothing where it is missing, which is reported. A stored object may lack it if
// it may be empty (Calico libcalico-go/config/crd).
template <class Fields, const auto& fields>
std::optional<Fields> read_spec(Context& context, const Object& object) {
  if (!object.spec) {
    if (is_written(object.whole.value, "spec")) return std::nullopt;
    const bool may_be_empty = std::ranges::none_of(
        fields, [](const Field<Fields>& field) { return field.presence == Presence::Required; });
    if (object.stored && may_be_empty) return Fields{};
    report_missing(context, object.whole, "spec");
    return std::nullopt;
  }
  return resources::object<Fields, fields>(context, *object.spec);
}

}  // namespace untrack::frontend::resources
