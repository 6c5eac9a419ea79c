// A node may have two documents: Calico's and Kubernetes'.
#pragma once
#include <vector>

#include "frontend/resources/object.h"

namespace untrack::frontend::resources {

// One for each name, in the order of first sight.
std::vector<NodeFacts> merged_nodes(std::vector<NodeFacts> documents);

}  // namespace untrack::frontend::resources
