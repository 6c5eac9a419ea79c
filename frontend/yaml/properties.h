// What may stand before a node: a tag (`!!str`), an anchor (`&name`); and what tags mean.
#pragma once
#include <cstdint>
#include <string_view>

#include "frontend/yaml/document.h"

namespace untrack::frontend::yaml {

// Where the name behind `&` or `*` ends: YAML 1.2.2 section 6.9.2.
std::uint32_t name_end(std::string_view source, std::uint32_t at);
// Letters, digits, `-` and `_`: what libyaml and go-yaml take.
bool is_portable_name(std::string_view name);
// Where the tag that begins here ends: YAML 1.2.2 section 6.9.1.
std::uint32_t tag_end(std::string_view source, std::uint32_t at);

// Tags as the parser resolves them: `?` stands for none before plain text, `!` for none before other text.
inline bool is_explicit_tag(std::string_view tag) {
  return tag != "?" && !tag.empty();
}
bool is_core_tag(std::string_view tag);  // `!!…`
bool is_null_tag(std::string_view tag);
// An explicit tag overrules how the text is written.
ScalarStyle style_of(std::string_view tag, ScalarStyle written);

}  // namespace untrack::frontend::yaml
