// Where text came from. A SourceMap owns every input for as long as the program runs; a SourceSpan names a
// half-open range of bytes in one of them and costs 12 bytes, so every value can carry one.
#pragma once
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "support/id.h"

namespace untrack {

using BufferId = Id<struct BufferTag>;

// Bytes [begin, end) of a buffer. An empty span is a point: the place just before byte `begin`.
struct SourceSpan {
  static constexpr std::uint32_t kNowhere = 0xffffffff;

  BufferId buffer{kNowhere};
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  bool exists() const { return buffer.index != kNowhere; }  // false: made up, has no text
  friend auto operator<=>(const SourceSpan&, const SourceSpan&) = default;
};

// Counted from 1. Columns count characters (UTF-8 code points), a tab being one of them, as editors do.
struct Position {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  friend auto operator<=>(const Position&, const Position&) = default;
};

class SourceMap {
 public:
  // A buffer holds at most 2^32-2 bytes; the caller refuses larger files.
  BufferId add(std::string name, std::string text);

  std::size_t size() const { return buffers_.size(); }
  std::string_view name(BufferId buffer) const { return buffers_[buffer.index].name; }
  std::string_view text(BufferId buffer) const { return buffers_[buffer.index].text; }
  std::string_view text(SourceSpan span) const;

  Position position(BufferId buffer, std::uint32_t offset) const;
  std::string_view line(BufferId buffer, std::uint32_t line) const;  // without its line end; line counts from 1
  // `file:line:column`, or `<built-in>` for a span that does not exist.
  std::string place(SourceSpan span) const;

 private:
  struct Buffer {
    std::string name;
    std::string text;
    // Found once a position is asked for: of most inputs nothing is reported.
    mutable std::once_flag lines_found;
    mutable std::vector<std::uint32_t> line_starts;
  };
  const std::vector<std::uint32_t>& line_starts(BufferId buffer) const;
  std::deque<Buffer> buffers_;  // never moves what it holds: views stay valid
};

}  // namespace untrack
