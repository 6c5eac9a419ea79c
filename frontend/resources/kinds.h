// Documents of any kind -> resources: finds out what a document is and hands it to the reader of its kind.
#pragma once
#include <string_view>
#include <vector>

#include "frontend/resources/object.h"

namespace untrack::frontend::resources {

// One document: an object, a list object (`kind: List`, `GlobalNetworkPolicyList`), or a sequence of objects.
// Documents that are neither Calico's nor of use as inventory are passed over.
void read_document(Context& context, yaml::Node root, std::vector<Resource>& into);

// A kind that is of use here, whatever API version stands beside it: one of Kubernetes' that serves as
// inventory, or one that only Calico has.
bool is_telling_kind(std::string_view name);

}  // namespace untrack::frontend::resources
