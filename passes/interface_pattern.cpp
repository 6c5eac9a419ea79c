#include "passes/interface_pattern.h"

#include <regex>

namespace untrack::passes {

std::optional<bool> found_in(std::string_view interface_name, std::string_view pattern) try {
  return std::regex_search(interface_name.begin(), interface_name.end(),
                           std::regex(pattern.begin(), pattern.end()));
} catch (const std::regex_error&) {
  return std::nullopt;
}

}  // namespace untrack::passes
