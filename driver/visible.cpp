#include "driver/visible.h"

#include <llvm/Support/Unicode.h>

#include <algorithm>
#include <bit>

#include <fmt/format.h>

namespace untrack::driver {

// RFC 3629 section 3: the first byte says how many there are.
static std::size_t announced_bytes(char first) {
  const int ones = std::countl_one(static_cast<unsigned char>(first));
  return ones >= 2 && ones <= 4 ? static_cast<std::size_t>(ones) : 1;
}

Character first_character(std::string_view text) {
  const std::size_t bytes = std::min(announced_bytes(text.front()), text.size());
  const std::string_view character = text.substr(0, bytes);
  const int columns = llvm::sys::unicode::columnWidthUTF8({character.data(), character.size()});
  if (columns == llvm::sys::unicode::ErrorInvalidUTF8) return {.bytes = 1, .columns = 1, .printable = false};
  if (columns < 0) return {.bytes = bytes, .columns = 1, .printable = false};
  return {.bytes = bytes, .columns = columns, .printable = true};
}

std::string visible(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const Character character = first_character(text);
    const std::string_view bytes = text.substr(0, character.bytes);
    text.remove_prefix(character.bytes);
    if (character.printable)
      shown += bytes;
    else if (bytes == "\n")
      shown += "\\n";
    else if (bytes == "\t")
      shown += "\\t";
    else
      for (const char byte : bytes) shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
  }
  return shown;
}

}  // namespace untrack::driver
