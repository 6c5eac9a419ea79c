#include "driver/report/source_line.h"

#include <algorithm>

#include "driver/visible.h"

namespace untrack::driver {

// A minified JSON file is one line; this much of it is shown before and behind the beginning of the span.
static constexpr int kColumnsBefore = 60;
static constexpr int kColumnsBehind = 100;

static constexpr std::string_view kReplacement = "\ufffd";
static constexpr std::string_view kEllipsis = "\u2026";

namespace {

// Writes text and underline side by side.
class LineWriter {
 public:
  explicit LineWriter(SourceLine& line) : line_(line) {}

  void write(std::string_view text, Character character, bool marked) {
    if (text == "\t") {
      line_.text += '\t';
      line_.underline += '\t';
      return;
    }
    line_.text += character.printable ? text : kReplacement;
    line_.underline.append(static_cast<std::size_t>(character.columns), marked ? '^' : ' ');
    caret_written_ |= marked && character.columns > 0;
  }
  void write_ellipsis() {
    line_.text += kEllipsis;
    line_.underline += ' ';
  }
  // A point, a span of nothing visible, or the place behind the last character.
  void ensure_caret(std::size_t underline_size) {
    if (caret_written_) return;
    line_.underline.resize(underline_size);
    line_.underline += '^';
  }
  std::size_t underline_size() const { return line_.underline.size(); }

 private:
  SourceLine& line_;
  bool caret_written_ = false;
};

}  // namespace

static std::size_t start_of_line(std::string_view text, std::size_t offset) {
  const std::size_t newline = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
  return newline == std::string_view::npos ? 0 : newline + 1;
}

// Where to begin so that at most kColumnsBefore characters stand before `offset`.
static std::size_t cut_before(std::string_view line, std::size_t offset) {
  int characters = 0;
  std::size_t at = offset;
  while (at > 0 && characters < kColumnsBefore) {
    --at;
    const bool continues = (static_cast<unsigned char>(line[at]) & 0xc0) == 0x80;
    if (!continues) ++characters;
  }
  return at;
}

SourceLine source_line(const SourceMap& sources, SourceSpan span) {
  const Position position = sources.position(span.buffer, span.begin);
  const std::string_view line = sources.line(span.buffer, position.line);
  const std::size_t line_start = start_of_line(sources.text(span.buffer), span.begin);
  const std::size_t begin = std::min(span.begin - line_start, line.size());
  const std::size_t end = std::min(span.end - line_start, line.size());

  SourceLine shown{.number = position.line};
  LineWriter writer(shown);
  std::size_t at = cut_before(line, begin);
  if (at > 0) writer.write_ellipsis();
  std::size_t caret_at = 0;
  for (int columns = 0; at < line.size();) {
    if (columns > kColumnsBefore + kColumnsBehind) {
      writer.write_ellipsis();
      break;
    }
    const Character character = first_character(line.substr(at));
    if (at <= begin) caret_at = writer.underline_size();
    writer.write(line.substr(at, character.bytes), character, at >= begin && at < end);
    columns += character.columns;
    at += character.bytes;
  }
  if (begin == line.size()) caret_at = writer.underline_size();
  writer.ensure_caret(caret_at);
  shown.underline.erase(shown.underline.find_last_not_of(" \t") + 1);
  return shown;
}

}  // namespace untrack::driver
