#include "frontend/resources/workload.h"

namespace untrack::frontend::resources {

ir::WorkloadEndpoint named_workload(const Object& object) {
  ir::WorkloadEndpoint endpoint;
  endpoint.name = object.metadata.namespace_name + "/" + object.metadata.name;
  endpoint.span = object.metadata.name_span;
  return endpoint;
}

// Calico libcalico-go/lib/clientv3/workloadendpoint.go, updateprocessors/workloadendpointprocessor.go.
void label_workload(const Object& object, std::string_view orchestrator, std::string_view service_account,
                    ir::Labelled& into) {
  for (const auto& [key, value] : object.metadata.labels) {
    if (!key.text().starts_with("pcns.") && !key.text().starts_with("pcsa.")) into.labels.emplace(key, value);
  }
  into.labels.insert_or_assign("projectcalico.org/namespace", object.metadata.namespace_name);
  if (!orchestrator.empty()) into.labels.insert_or_assign("projectcalico.org/orchestrator", orchestrator);
  if (!service_account.empty())
    into.labels.insert_or_assign("projectcalico.org/serviceaccount", service_account);
}

}  // namespace untrack::frontend::resources
