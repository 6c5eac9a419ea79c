// Felix' patterns of interface names: regular expressions that are searched, not anchored.
#pragma once
#include <optional>
#include <string_view>

namespace untrack::passes {

// Nothing for a pattern that cannot be read here.
std::optional<bool> found_in(std::string_view interface_name, std::string_view pattern);

}  // namespace untrack::passes
