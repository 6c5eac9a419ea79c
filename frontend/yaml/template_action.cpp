#include "frontend/yaml/template_action.h"

#include <algorithm>

#include "frontend/yaml/lexical.h"

namespace untrack::frontend::yaml {

static constexpr std::string_view kOpening = "{{";
static constexpr std::string_view kClosing = "}}";

SourceSpan action_at(std::string_view source, BufferId buffer, std::uint32_t begin) {
  const std::string_view line = source.substr(0, line_end(source, begin));
  const std::size_t closing = line.find(kClosing, begin);
  const std::size_t end = (closing == std::string_view::npos ? begin : closing) + kClosing.size();
  return {buffer, begin, static_cast<std::uint32_t>(end)};
}

// A quote opens text only at the beginning of a value.
static bool opens_quote(std::string_view line, std::size_t at) {
  if (line[at] != '"' && line[at] != '\'') return false;
  return at == 0 || is_blank(line[at - 1]) ||
         std::string_view("[{,:").find(line[at - 1]) != std::string_view::npos;
}

// Offset of the first unquoted `{{` in the line.
static std::optional<std::size_t> action_in(std::string_view line) {
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (line.substr(at).starts_with(kOpening)) return at;
    if (line[at] == '#' && (at == 0 || is_blank(line[at - 1]))) return std::nullopt;
    if (!opens_quote(line, at)) continue;
    at = std::min(line.find(line[at], at + 1), line.size());
  }
  return std::nullopt;
}

static bool stands_alone(std::string_view line, std::size_t action) {
  const std::size_t first = line.find_first_not_of(" \t");
  return first == action && line.find(kClosing, action) != std::string_view::npos;
}

std::optional<SourceSpan> template_action(std::string_view source, SourceSpan document, std::uint32_t at) {
  const std::uint32_t broken = line_begin(source, std::min(at, document.end));
  const std::uint32_t before = broken > document.begin ? line_begin(source, broken - 1) : broken;
  for (std::uint32_t begin = document.begin; begin < document.end && begin <= broken;) {
    const std::uint32_t end = line_end(source, begin);
    const std::string_view line = source.substr(begin, end - begin);
    const std::optional<std::size_t> action = action_in(line);
    if (action && (begin >= before || stands_alone(line, *action))) {
      return action_at(source, document.buffer, static_cast<std::uint32_t>(begin + *action));
    }
    begin = end < source.size() ? after_break(source, end) : document.end;
  }
  return std::nullopt;
}

}  // namespace untrack::frontend::yaml
