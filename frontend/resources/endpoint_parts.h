// What host endpoints and workload endpoints share.
#pragma once
#include <optional>

#include "frontend/resources/scalars.h"
#include "ir/policy.h"

namespace untrack::frontend::resources {

// `{name, protocol, port}`, the protocol by name.
std::optional<ir::EndpointPort> endpoint_port(Context& context, const Entry& entry);
// `{name, protocol, port, hostPort, hostIP}`: a port without name cannot be matched.
struct WorkloadPort {
  std::optional<ir::EndpointPort> named;
  std::optional<ir::HostPort> on_host;
};
std::optional<WorkloadPort> workload_port(Context& context, const Entry& entry);
std::optional<Symbol> profile_name(Context& context, const Entry& entry);
std::optional<Text> interface_name(Context& context, const Entry& entry);

}  // namespace untrack::frontend::resources
