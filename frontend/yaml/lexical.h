// What stands between the tokens of YAML: blanks, line breaks, comments. All functions take any offset up to
// the source's size and return one.
#pragma once
#include <cstdint>
#include <string_view>

namespace untrack::frontend::yaml {

// U+FEFF in UTF-8: allowed as the first character of a buffer, and no part of its first line.
inline constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// NUL behind the end; no source holds one.
inline char byte_at(std::string_view source, std::uint32_t at) {
  return at < source.size() ? source[at] : '\0';
}
inline bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
inline bool is_break_at(std::string_view source, std::uint32_t at) {  // LF or CRLF
  return byte_at(source, at) == '\n' || (byte_at(source, at) == '\r' && byte_at(source, at + 1) == '\n');
}
inline std::uint32_t after_break(std::string_view source, std::uint32_t at) {
  return at + (source[at] == '\r' ? 2 : 1);
}
inline std::uint32_t skip_blanks(std::string_view source, std::uint32_t at) {
  while (at < source.size() && is_blank(source[at])) ++at;
  return at;
}
std::uint32_t skip_separation(std::string_view source, std::uint32_t at);  // blanks, line breaks, comments
std::uint32_t line_begin(std::string_view source, std::uint32_t at);
std::uint32_t line_end(std::string_view source, std::uint32_t at);  // before its line break
// `---` or `...` in the first column, then a blank, a line break or nothing (YAML 1.2.2 section 9.1).
bool is_marker_at(std::string_view source, std::uint32_t at, std::string_view marker);

}  // namespace untrack::frontend::yaml
