#include "frontend/resources/stored_object.h"

#include "frontend/resources/field_diagnostics.h"

namespace untrack::frontend::resources {

static bool in_default_tier(const Object& object) {
  const auto spec = member_of(object.whole, "spec");
  if (!spec || !spec->value.is_mapping()) return true;
  const auto tier = spec->value.find("tier");
  return !tier || tier->is_null() || tier->text().empty() || tier->text() == "default";
}

static void merge(const yaml::Node& metadata, std::string_view field, ir::Labels& into) {
  const auto pairs = metadata.find(field);
  if (!pairs || !pairs->is_mapping()) return;
  for (std::size_t i = 0; i < pairs->size(); ++i) {
    into.insert_or_assign(pairs->key(i).text(), pairs->value(i).text());
  }
}

void restore_metadata(Context& context, bool is_policy, Object& object) {
  const auto annotation = object.metadata.annotations.find("projectcalico.org/metadata");
  if (annotation == object.metadata.annotations.end()) return;

  // JSON is YAML. Its bytes are no bytes of the input, so nothing in it has a place of its own.
  SourceMap text;
  Diagnostics unheard;
  const BufferId buffer = text.add("projectcalico.org/metadata", annotation->second.str());
  const auto documents = yaml::parse(text, buffer, unheard);
  if (!unheard.empty() || documents.size() != 1 || !documents.front().root().is_mapping()) {
    context.unreadable(annotation->second.span(), unreadable_metadata_annotation);
    return;
  }
  const yaml::Node stored = documents.front().root();
  merge(stored, "labels", object.metadata.labels);

  const auto name = stored.find("name");
  constexpr std::string_view kDefaultPrefix = "default.";
  if (is_policy && name && !name->text().empty()) {
    object.metadata.name = name->text();
  } else if (is_policy && object.metadata.name.starts_with(kDefaultPrefix) && in_default_tier(object)) {
    object.metadata.name.erase(0, kDefaultPrefix.size());
  }
}

}  // namespace untrack::frontend::resources
