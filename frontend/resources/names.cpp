#include "frontend/resources/names.h"

#include <algorithm>

namespace untrack::frontend::resources {

static bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
static bool is_alphanumeric(char c) {
  return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z');
}
static bool is_lower_or_digit(char c) {
  return is_lower(c) || is_digit(c);
}
static bool is_name_byte(char c) {
  return is_alphanumeric(c) || c == '-' || c == '_' || c == '.';
}

bool is_dns_label(std::string_view text) {
  return !text.empty() && is_lower_or_digit(text.front()) && is_lower_or_digit(text.back()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_lower_or_digit(c) || c == '-'; });
}

bool is_dns_subdomain(std::string_view text) {
  for (std::size_t dot = text.find('.'); dot != std::string_view::npos; dot = text.find('.')) {
    if (!is_dns_label(text.substr(0, dot))) return false;
    text.remove_prefix(dot + 1);
  }
  return is_dns_label(text);
}

static bool is_name_part(std::string_view text) {
  return !text.empty() && text.size() <= 63 && is_alphanumeric(text.front()) &&
         is_alphanumeric(text.back()) && std::all_of(text.begin(), text.end(), is_name_byte);
}

bool is_qualified_name(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return is_name_part(text);
  const std::string_view prefix = text.substr(0, slash);
  return prefix.size() <= kMaxNameBytes && is_dns_subdomain(prefix) && is_name_part(text.substr(slash + 1));
}

bool is_label_value(std::string_view text) {
  return text.empty() || is_name_part(text);
}

bool is_port_name(std::string_view text) {
  return text.size() <= 15 && is_dns_label(text) && std::any_of(text.begin(), text.end(), is_lower) &&
         text.find("--") == std::string_view::npos;
}

}  // namespace untrack::frontend::resources
