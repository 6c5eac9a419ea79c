// Regular expressions in Go's syntax (Go regexp/syntax): we only look for what Go would refuse.
#pragma once
#include <optional>
#include <string_view>

#include "frontend/resources/scalars.h"

namespace untrack::frontend::resources {

struct RegexMistake {
  std::size_t offset, length;
  std::string_view what;
};
// The mistakes that people make: unbalanced brackets, look-around, back references, nothing to repeat.
std::optional<RegexMistake> go_regex_mistake(std::string_view expression);

// The decoder of such a field.
std::optional<Text> go_regex(Context& context, const Entry& entry);

}  // namespace untrack::frontend::resources
