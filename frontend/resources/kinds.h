// Documents of any kind -> resources: finds out what a document is and hands it to the reader of its kind.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/resources/object.h"
#include "frontend/yaml/list_outline.h"

namespace untrack::frontend::resources {

// One document: an object, a list object (`kind: List`, `GlobalNetworkPolicyList`), or a sequence of objects.
// Documents that are neither Calico's nor of use as inventory are passed over.
void read_document(Context& context, yaml::Node root, std::vector<Resource>& into);

// What the items of a list object are where they leave it to the list to say so, as servers do; empty if each
// has to say it.
struct ItemsOf {
  std::string api_version, kind;
};
// Nothing for what is no list of objects, or not plainly one.
std::optional<ItemsOf> list_of(const yaml::ListFrame& frame);
// A sequence of some of the items of such a list.
void read_items(Context& context, yaml::Node sequence, const ItemsOf& of, std::vector<Resource>& into);

// A kind that is of use here, whatever API version stands beside it: one of Kubernetes' that serves as
// inventory, or one that only Calico has.
bool is_telling_kind(std::string_view name);

}  // namespace untrack::frontend::resources
