#include "frontend/resources/merged_nodes.h"

#include <algorithm>
#include <unordered_map>

#include "frontend/resources/node_addresses.h"

namespace untrack::frontend::resources {

static void merge(const NodeFacts& other, bool sync_labels, NodeFacts& into) {
  // Labels of the Kubernetes Node override Calico's (Calico libcalico-go/lib/backend/k8s/resources/node.go).
  if (sync_labels || !other.of_kubernetes || into.of_kubernetes) {
    for (const auto& [key, value] : other.node.labels) into.node.labels.insert_or_assign(key, value);
  }
  for (const ir::Address& address : other.addresses) add_address(address, into.addresses);
  for (const ir::Node::Interface& interface : other.node.interfaces) {
    const auto known = std::find_if(into.node.interfaces.begin(), into.node.interfaces.end(),
                                    [&](const ir::Node::Interface& i) { return i.name == interface.name; });
    if (known == into.node.interfaces.end()) {
      into.node.interfaces.push_back(interface);
    } else {
      for (const ir::Address& address : interface.addresses) add_address(address, known->addresses);
    }
  }
}

std::vector<NodeFacts> merged_nodes(std::vector<NodeFacts> documents, bool sync_labels) {
  // Calico's own addresses come before those that it takes from Kubernetes.
  std::stable_partition(documents.begin(), documents.end(),
                        [](const NodeFacts& d) { return !d.of_kubernetes; });
  std::vector<NodeFacts> nodes;
  std::unordered_map<std::string, std::size_t> by_name;
  for (NodeFacts& document : documents) {
    const auto [place, added] = by_name.try_emplace(document.node.name, nodes.size());
    if (added) {
      nodes.push_back(std::move(document));
    } else {
      merge(document, sync_labels, nodes[place->second]);
    }
  }
  return nodes;
}

}  // namespace untrack::frontend::resources
