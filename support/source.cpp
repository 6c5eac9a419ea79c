#include "support/source.h"

#include <algorithm>
#include <cassert>

#include <fmt/format.h>

namespace untrack {

// A byte that begins a code point; the others continue one (RFC 3629 section 3).
static bool begins_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }

BufferId SourceMap::add(std::string name, std::string text) {
  assert(text.size() < SourceSpan::kNowhere && "offsets are 32 bits wide");
  buffers_.emplace_back(std::move(name), std::move(text));
  return {static_cast<std::uint32_t>(buffers_.size() - 1)};
}

const std::vector<std::uint32_t>& SourceMap::line_starts(BufferId id) const {
  const Buffer& buffer = buffers_[id.index];
  std::call_once(buffer.lines_found, [&] {
    buffer.line_starts.reserve(1 + static_cast<std::size_t>(std::ranges::count(buffer.text, '\n')));
    buffer.line_starts.push_back(0);
    for (std::size_t i = 0; i < buffer.text.size(); ++i) {
      if (buffer.text[i] == '\n') buffer.line_starts.push_back(static_cast<std::uint32_t>(i + 1));
    }
  });
  return buffer.line_starts;
}

std::string_view SourceMap::text(SourceSpan span) const {
  if (!span.exists()) return {};
  return text(span.buffer).substr(span.begin, span.end - span.begin);
}

Position SourceMap::position(BufferId id, std::uint32_t offset) const {
  const std::vector<std::uint32_t>& starts = line_starts(id);
  const auto next = std::upper_bound(starts.begin(), starts.end(), offset);
  const std::uint32_t start = *(next - 1);
  const auto before = text(id).substr(start, offset - start);
  return {.line = static_cast<std::uint32_t>(next - starts.begin()),
          .column = 1 + static_cast<std::uint32_t>(std::count_if(before.begin(), before.end(), begins_character))};
}

std::string_view SourceMap::line(BufferId id, std::uint32_t line) const {
  const std::vector<std::uint32_t>& starts = line_starts(id);
  if (line < 1 || line > starts.size()) return {};
  std::string_view written = text(id).substr(starts[line - 1]);
  written = written.substr(0, written.find('\n'));
  if (written.ends_with('\r')) written.remove_suffix(1);
  return written;
}

std::string SourceMap::place(SourceSpan span) const {
  if (!span.exists()) return "<built-in>";
  const Position at = position(span.buffer, span.begin);
  return fmt::format("{}:{}:{}", name(span.buffer), at.line, at.column);
}

}  // namespace untrack
