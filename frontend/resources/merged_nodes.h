// A node may have two documents: Calico's and Kubernetes'.
#pragma once
#include <vector>

#include "frontend/resources/object.h"

namespace untrack::frontend::resources {

// One for each name; Calico's before those that only Kubernetes describes.
std::vector<NodeFacts> merged_nodes(std::vector<NodeFacts> documents, bool sync_labels);

}  // namespace untrack::frontend::resources
