#include "ir/interface_name.h"

#include <algorithm>

namespace untrack::ir {

static bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
         c == '-';
}

bool is_interface_name(std::string_view text) {
  static constexpr std::size_t kMostBytes = 15;  // IFNAMSIZ, linux/if.h, and its last byte ends the text
  return !text.empty() && text.size() <= kMostBytes && std::ranges::all_of(text, is_name_byte);
}

}  // namespace untrack::ir
