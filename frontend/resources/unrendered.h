// Helm (Go) templates that are YAML all the same: their actions stand within quotes, as in
// `name: "{{ .Values.name }}"`. What YAML cannot read is found by frontend/yaml/template_action.h.
#pragma once
#include <optional>

#include "frontend/yaml/document.h"
#include "support/source.h"

namespace untrack::frontend::resources {

// The first action in a text of the node. Annotations may hold any text, and are passed over. `{{word}}` is
// none: Go's actions begin with a value, or are a word and what it is about.
std::optional<SourceSpan> unrendered_action(yaml::Node node);

}  // namespace untrack::frontend::resources
