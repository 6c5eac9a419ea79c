// Helm (Go) templates: `{{ … }}` where YAML expects a value, a key or a line.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "support/source.h"

namespace untrack::frontend::yaml {

// The template action that explains why YAML breaks at `at`: on its line or the one before, or on a line of
// its own earlier in the document. Text in quotes and comments does not count.
std::optional<SourceSpan> template_action(std::string_view source, SourceSpan document, std::uint32_t at);

// From `{{` to the `}}` of the same line.
SourceSpan action_at(std::string_view source, BufferId buffer, std::uint32_t begin);

}  // namespace untrack::frontend::yaml
