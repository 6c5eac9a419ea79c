// The host endpoints that Calico's controllers make of nodes
// (Calico kube-controllers/pkg/controllers/node/hostendpoints.go).
#pragma once
#include <span>

#include "frontend/resources/object.h"
#include "support/diagnostic.h"

namespace untrack::frontend::resources {

// Endpoints that the input holds already, as the dump of a cluster does, stay as they are there.
void add_automatic_host_endpoints(const AutoHostEndpoints& settings, std::span<const NodeFacts> nodes,
                                  ir::PolicySet& into, Diagnostics& diagnostics);

}  // namespace untrack::frontend::resources
