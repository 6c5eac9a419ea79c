#include "frontend/yaml/lines.h"

namespace untrack::frontend::yaml {

std::uint32_t Lines::begin_of(std::uint32_t at) const {
  const std::uint32_t begin = line_begin(source_, at);
  return begin == 0 && source_.starts_with(kByteOrderMark) ? kByteOrderMark.size() : begin;
}

std::uint32_t Lines::behind(std::uint32_t end_of_line) const {
  return end_of_line < source_.size() ? after_break(source_, end_of_line) : end_of_line;
}

bool Lines::begins_line(std::uint32_t at) const {
  return text(begin_of(at), at).find_first_not_of(' ') == std::string_view::npos;
}

bool Lines::nothing_follows(std::uint32_t at) const {
  const std::uint32_t next = skip_blanks(at);
  return next == end_of(at) || byte(next) == '#';
}

bool Lines::has_comment(std::uint32_t begin, std::uint32_t end) const {
  return text(begin, end).find('#') != std::string_view::npos;
}

bool Lines::is_flow(Node collection) const {
  return byte(collection.span().begin) == (collection.is_mapping() ? '{' : '[');
}

std::string_view Lines::line_break(std::uint32_t at) const {
  std::uint32_t end = end_of(at);
  if (end == source_.size()) end = line_end(source_, 0);
  return source_.substr(end).starts_with("\r\n") ? "\r\n" : "\n";
}

std::uint32_t Lines::end_with_comments(std::uint32_t end, std::uint32_t column) const {
  std::uint32_t at = end_of(end);
  while (at < source_.size()) {
    const std::uint32_t next = behind(at), first = skip_blanks(next);
    if (byte(first) != '#' || first - next <= column) break;
    at = end_of(first);
  }
  return at;
}

std::uint32_t Lines::begin_with_comments(std::uint32_t begin, std::uint32_t column) const {
  while (begin > begin_of(0)) {
    const std::uint32_t above = begin_of(begin - 1);
    if (skip_blanks(above) != above + column || byte(above + column) != '#') break;
    begin = above;
  }
  return begin;
}

}  // namespace untrack::frontend::yaml
