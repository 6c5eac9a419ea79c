#include "frontend/yaml/encoding.h"

#include <algorithm>
#include <string>

#include "frontend/yaml/diagnostics.h"
#include "frontend/yaml/lexical.h"

namespace untrack::frontend::yaml {

static unsigned char unsigned_at(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

// Bytes of the well-formed character that begins at `at`; 0 where none does (Unicode 15 table 3-7: no
// overlong forms, no surrogates, nothing beyond U+10FFFF).
static std::uint32_t character_size(std::string_view text, std::uint32_t at) {
  const unsigned char first = unsigned_at(text, at);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const std::uint32_t size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  const unsigned char second = unsigned_at(text, at + 1);
  const unsigned char least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const unsigned char most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most) return 0;
  for (std::uint32_t i = 2; i < size; ++i) {
    if ((unsigned_at(text, at + i) & 0xc0) != 0x80) return 0;
  }
  return size;
}

// UTF-16 shows itself by its byte order mark, or by a NUL in one half of its first character.
static bool is_utf16(std::string_view text) {
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) return true;
  return text.size() >= 2 && (text[0] == '\0') != (text[1] == '\0');
}

// What the character is called if it must not be there, by YAML 1.2.2 section 5.1. A carriage return alone is
// a line break to some readers and a blank to others, a byte order mark inside of the text comes from joined
// files.
static std::string forbidden(std::string_view text, std::uint32_t at) {
  const unsigned char c = unsigned_at(text, at);
  if (c == '\r') return unsigned_at(text, at + 1) == '\n' ? "" : "a carriage return without a line feed";
  if (c == '\0') return "a NUL byte";
  if (c < 0x80) return fmt::format("the control character U+{:04X}", c);
  if (c == 0xc2 && unsigned_at(text, at + 1) < 0xa0 && unsigned_at(text, at + 1) != 0x85) {
    return fmt::format("the control character U+{:04X}", unsigned_at(text, at + 1));
  }
  if (at > 0 && text.substr(at).starts_with(kByteOrderMark)) return "a byte order mark inside of the text";
  return {};
}

// Characters by themselves, and allowed wherever they stand: nearly all of any text.
static constexpr auto is_plain = [](char c) { return (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\t'; };

bool check_encoding(const SourceMap& sources, BufferId buffer, Diagnostics& diagnostics) {
  const std::string_view text = sources.text(buffer);
  if (is_utf16(text)) {
    diagnostics.report({buffer, 0, 0}, not_utf8, "it looks like UTF-16")
        .help("save the file as UTF-8, or convert it: `iconv -f UTF-16 -t UTF-8`");
    return false;
  }
  const auto next = [&](std::uint32_t from) {  // that is worth a look
    const auto found = std::find_if_not(text.begin() + from, text.end(), is_plain);
    return static_cast<std::uint32_t>(found - text.begin());
  };
  for (std::uint32_t at = next(0); at < text.size();) {
    const std::uint32_t bytes = character_size(text, at);
    if (bytes == 0) {
      diagnostics
          .report(
              {buffer, at, at + 1}, not_utf8,
              fmt::format("the byte 0x{:02X} does not continue or begin a character", unsigned_at(text, at)))
          .help("save the file as UTF-8, or convert it: `iconv -f LATIN1 -t UTF-8`");
      return false;
    }
    if (const std::string name = forbidden(text, at); !name.empty()) {
      diagnostics.report({buffer, at, at + bytes}, control_character, name)
          .help("delete it, or write it as an escape in double quotes");
      return false;
    }
    at = next(at + bytes);
  }
  return true;
}

}  // namespace untrack::frontend::yaml
