#include "driver/report/outline.h"

#include <algorithm>

#include "frontend/yaml/document.h"
#include "support/diagnostic.h"

namespace untrack::driver {

namespace yaml = frontend::yaml;

// The depth of a tree is bounded (frontend/yaml/composer.h), so these may recurse.
static void collect_scalars(const yaml::Node& node, std::vector<SourceSpan>& scalars) {
  if (node.is_scalar()) scalars.push_back(node.span());
  for (std::size_t i = 0; i < node.size(); ++i) {
    if (node.is_mapping()) {
      scalars.push_back(node.key(i).span());
      collect_scalars(node.value(i), scalars);
    } else {
      collect_scalars(node.item(i), scalars);
    }
  }
}

static std::string text_at(const yaml::Node& mapping, std::string_view key) {
  const auto value = mapping.find(key);
  return value ? std::string(value->text()) : std::string();
}

static OutlinedResource outline_of_resource(const yaml::Node& node) {
  OutlinedResource resource{node.span(), text_at(node, "kind") + ' ', {}};
  const auto metadata = node.find("metadata");
  if (!metadata) return resource;
  const std::string namespace_name = text_at(*metadata, "namespace");
  if (!namespace_name.empty()) resource.identity += namespace_name + '/';
  resource.identity += text_at(*metadata, "name");
  const auto annotations = metadata->find("annotations");
  for (std::size_t i = 0; annotations && annotations->is_mapping() && i < annotations->size(); ++i) {
    const yaml::Node key = annotations->key(i);
    resource.annotations.push_back(
        {std::string(key.text()), std::string(annotations->value(i).text()), key.span()});
  }
  return resource;
}

// A list is a sequence, or a mapping with `items`; lists may hold lists.
static void collect_resources(const yaml::Node& node, std::vector<OutlinedResource>& resources) {
  const auto items = node.find("items");
  const yaml::Node& list = items ? *items : node;
  if (list.is_sequence()) {
    for (std::size_t i = 0; i < list.size(); ++i) collect_resources(list.item(i), resources);
  } else if (node.is_mapping()) {
    resources.push_back(outline_of_resource(node));
  }
}

Outline outline(const SourceMap& sources, BufferId buffer) {
  Outline outline;
  Diagnostics mistakes;
  for (const yaml::Document& document : yaml::parse(sources, buffer, mistakes)) {
    outline.documents.push_back(document.root().span());
    collect_scalars(document.root(), outline.scalars);
    collect_resources(document.root(), outline.resources);
  }
  outline.readable = !mistakes.has(Severity::Error);
  std::ranges::sort(outline.scalars);  // aliases and merge keys bring spans from elsewhere
  return outline;
}

}  // namespace untrack::driver
