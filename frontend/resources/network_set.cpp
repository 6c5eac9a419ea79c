#include "frontend/resources/lists.h"
#include "frontend/resources/nets.h"
#include "frontend/resources/object.h"

namespace untrack::frontend::resources {

struct NetworkSetFields {
  Slot<std::vector<ir::CidrSpec>> nets;
};
static constexpr Field<NetworkSetFields> kNetworkSetFields[] = {
    field<&NetworkSetFields::nets, set<set_net>>("nets"),
};

static ir::NetworkSet read_set(Context& context, const Object& object) {
  ir::NetworkSet set;
  set.name = object.metadata.name;
  set.span = object.metadata.name_span;
  set.labels.labels = object.metadata.labels;
  // What is left of a set with a wrong entry stays: selectors that ask for it are not to be blamed.
  const auto fields = read_spec<NetworkSetFields, kNetworkSetFields>(context, object);
  if (!fields || !fields->nets) return set;
  set.nets.reserve(fields->nets->size());
  for (const ir::CidrSpec& net : *fields->nets) set.nets.push_back(net.cidr);
  return set;
}

What read_global_network_set(Context& context, const Object& object) {
  return read_set(context, object);
}

What read_network_set(Context& context, const Object& object) {
  ir::NetworkSet set = read_set(context, object);
  const std::string& namespace_name = object.metadata.namespace_name;
  set.name = namespace_name + "/" + set.name;
  // Calico libcalico-go/lib/backend/syncersv1/updateprocessors/networksetprocessor.go.
  set.labels.labels.insert_or_assign("projectcalico.org/namespace", namespace_name);
  set.labels.profiles = {Symbol("kns." + namespace_name)};
  return set;
}

}  // namespace untrack::frontend::resources
