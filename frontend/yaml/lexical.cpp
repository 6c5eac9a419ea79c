#include "frontend/yaml/lexical.h"

#include <algorithm>

namespace untrack::frontend::yaml {

std::uint32_t line_end(std::string_view source, std::uint32_t at) {
  std::size_t end = std::min(source.find('\n', at), source.size());
  if (end > at && end < source.size() && source[end - 1] == '\r') --end;
  return static_cast<std::uint32_t>(end);
}

std::uint32_t line_begin(std::string_view source, std::uint32_t at) {
  const std::size_t before = at == 0 ? std::string_view::npos : source.rfind('\n', at - 1);
  if (before != std::string_view::npos) return static_cast<std::uint32_t>(before + 1);
  return source.starts_with(kByteOrderMark) && at >= kByteOrderMark.size() ? 3 : 0;
}

bool is_marker_at(std::string_view source, std::uint32_t at, std::string_view marker) {
  if (at != line_begin(source, at) || !source.substr(at).starts_with(marker)) return false;
  const auto after = static_cast<std::uint32_t>(at + marker.size());
  return after >= source.size() || is_blank(source[after]) || is_break_at(source, after);
}

std::uint32_t skip_separation(std::string_view source, std::uint32_t at) {
  while (at < source.size()) {
    if (is_blank(source[at])) {
      ++at;
    } else if (is_break_at(source, at)) {
      at = after_break(source, at);
    } else if (source[at] == '#') {
      at = line_end(source, at);
    } else {
      break;
    }
  }
  return at;
}

}  // namespace untrack::frontend::yaml
