#include "ir/policy.h"

#include <algorithm>

namespace untrack::ir {

std::string_view to_string(PolicyKind kind) {
  switch (kind) {
    case PolicyKind::GlobalNetworkPolicy: return "GlobalNetworkPolicy";
    case PolicyKind::NetworkPolicy: return "NetworkPolicy";
    case PolicyKind::StagedGlobalNetworkPolicy: return "StagedGlobalNetworkPolicy";
    case PolicyKind::StagedNetworkPolicy: return "StagedNetworkPolicy";
    case PolicyKind::StagedKubernetesNetworkPolicy: return "StagedKubernetesNetworkPolicy";
  }
  return "";
}

std::string_view short_kind(PolicyKind kind) {
  switch (kind) {
    case PolicyKind::GlobalNetworkPolicy: return "gnp";
    case PolicyKind::NetworkPolicy: return "np";
    case PolicyKind::StagedGlobalNetworkPolicy: return "sgnp";
    case PolicyKind::StagedNetworkPolicy: return "snp";
    case PolicyKind::StagedKubernetesNetworkPolicy: return "sknp";
  }
  return "";
}

std::string Policy::id() const {
  std::string id(short_kind(kind));
  if (!namespace_name.empty()) id += "/" + namespace_name;
  return id + "/" + name;
}

LabelLookup PolicySet::labels_of(const Labelled& object) const {
  return [this, &object](std::string_view key) -> std::optional<std::string_view> {
    if (const auto own = object.labels.find(key); own != object.labels.end()) return own->second;
    for (const Symbol name : object.profiles) {
      const auto profile = profiles.find(name.text());
      if (profile == profiles.end()) continue;
      const Labels& inherited = profile->second.labels;
      if (const auto label = inherited.find(key); label != inherited.end()) return label->second;
    }
    return std::nullopt;
  };
}

std::vector<std::string> PolicySet::node_names() const {
  std::vector<std::string> names;
  names.reserve(host_endpoints.size() + nodes.size());
  for (const HostEndpoint& endpoint : host_endpoints) names.push_back(endpoint.node);
  for (const Node& node : nodes) names.push_back(node.name);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace untrack::ir
