#include "frontend/resources/unrendered.h"

#include <algorithm>
#include <string_view>

namespace untrack::frontend::resources {

static constexpr std::string_view kOpening = "{{", kClosing = "}}", kBlanks = " \t\n";

static bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// What stands between the braces, without the `-` that eat blanks (https://pkg.go.dev/text/template).
static bool is_action(std::string_view inside) {
  if (inside.starts_with('-')) inside.remove_prefix(1);
  if (inside.ends_with('-')) inside.remove_suffix(1);
  const std::size_t first = inside.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return false;
  inside = inside.substr(first, inside.find_last_not_of(kBlanks) + 1 - first);
  if (std::string_view(".$(\"`").find(inside.front()) != std::string_view::npos) return true;
  const std::size_t word = std::min(inside.find_first_of(kBlanks), inside.size());
  return word < inside.size() && std::all_of(inside.begin(), inside.begin() + word, is_word);
}

static std::optional<SourceSpan> action_in(yaml::Node scalar) {
  const std::string_view text = scalar.text();
  for (std::size_t begin = text.find(kOpening); begin != std::string_view::npos;
       begin = text.find(kOpening, begin + 1)) {
    const std::size_t inside = begin + kOpening.size(), end = text.find(kClosing, inside);
    if (end == std::string_view::npos) return std::nullopt;
    if (is_action(text.substr(inside, end - inside))) return scalar.span(begin, end + kClosing.size());
  }
  return std::nullopt;
}

static std::optional<SourceSpan> action_below(yaml::Node node) {
  if (node.is_scalar()) return action_in(node);
  for (std::size_t i = 0; i < node.size(); ++i) {
    if (node.is_mapping()) {
      if (const auto action = action_in(node.key(i))) return action;
      if (node.key(i).text() == "annotations") continue;
    }
    if (const auto action = action_below(node.is_mapping() ? node.value(i) : node.item(i))) return action;
  }
  return std::nullopt;
}

std::optional<SourceSpan> unrendered_action(yaml::Node node) {
  if (node.written().find(kOpening) == std::string_view::npos) return std::nullopt;
  return action_below(node);
}

}  // namespace untrack::frontend::resources
