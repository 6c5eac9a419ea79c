#include "frontend/yaml/list_outline.h"

#include <algorithm>
#include <string_view>

#include "frontend/yaml/lexical.h"

namespace untrack::frontend::yaml {

namespace {

constexpr std::string_view kItems = "items";

// A line of the source that says something: neither blank nor a comment.
struct Line {
  std::uint32_t begin;  // of the line
  std::uint32_t first;  // its first byte that is no space

  std::uint32_t column() const { return first - begin; }
};

// The lines of a document from some line on.
class LineReader {
 public:
  LineReader(std::string_view source, std::uint32_t at) : source_(source), at_(at) {}

  std::optional<Line> next() {
    while (at_ < source_.size()) {
      const std::uint32_t begin = at_;
      std::uint32_t first = begin;
      while (byte_at(source_, first) == ' ') ++first;
      const std::size_t end = source_.find('\n', first);
      at_ = static_cast<std::uint32_t>(end == std::string_view::npos ? source_.size() : end + 1);
      const char c = byte_at(source_, first);
      if (c != '#' && c != '\0' && !is_break_at(source_, first)) return Line{begin, first};
    }
    return std::nullopt;
  }

 private:
  std::string_view source_;
  std::uint32_t at_;
};

bool is_item(std::string_view source, const Line& line) {
  const std::uint32_t behind = line.first + 1;
  return byte_at(source, line.first) == '-' &&
         (byte_at(source, behind) == ' ' || is_break_at(source, behind));
}

// `items:` and nothing else but perhaps a comment.
bool is_items_key(std::string_view source, const Line& line) {
  if (line.column() != 0 || source.substr(line.first, kItems.size()) != kItems) return false;
  const auto colon = static_cast<std::uint32_t>(line.first + kItems.size());
  if (byte_at(source, colon) != ':') return false;
  const std::uint32_t rest = skip_blanks(source, colon + 1);
  return is_break_at(source, rest) || (rest > colon + 1 && byte_at(source, rest) == '#');
}

}  // namespace

std::optional<ListOutline> outline_list(const SourceMap& sources, SourceSpan document, std::size_t stretch) {
  if (document.end - document.begin <= stretch) return std::nullopt;
  const std::string_view source = sources.text(document.buffer).substr(0, document.end);
  LineReader lines(source, document.begin);
  auto line = lines.next();
  // What stands before `items` is short; of a document that has none, few lines are looked at.
  for (int before = 0; line && !is_items_key(source, *line); line = lines.next()) {
    if (++before > 100) return std::nullopt;
  }
  if (!line || !(line = lines.next()) || !is_item(source, *line)) return std::nullopt;

  const std::uint32_t column = line->column();
  ListOutline outline;
  outline.head = {document.buffer, document.begin, line->begin};
  std::uint32_t begin = line->begin;
  std::uint32_t tail = document.end;
  while ((line = lines.next())) {
    const bool item = line->column() == column && is_item(source, *line);
    if (line->column() == 0 && !item) {
      tail = line->begin;
      break;
    }
    if (!item || line->begin - begin < stretch) continue;
    outline.stretches.push_back({document.buffer, begin, line->begin});
    begin = line->begin;
  }
  outline.stretches.push_back({document.buffer, begin, tail});
  outline.tail = {document.buffer, tail, document.end};
  return outline.stretches.size() > 1 ? std::optional(std::move(outline)) : std::nullopt;
}

std::optional<ListFrame> ListFrame::read(const SourceMap& sources, const ListOutline& outline) {
  ListFrame frame;
  Diagnostics found;
  for (const SourceSpan half : {outline.head, outline.tail}) {
    Part part = parse_part(sources, half, found);
    if (!found.empty() || part.template_action || part.documents.size() > 1) return std::nullopt;
    if (part.documents.empty()) continue;
    if (!part.documents.front().root().is_mapping()) return std::nullopt;
    frame.halves_.push_back(std::move(part.documents.front()));
  }
  if (frame.halves_.empty()) return std::nullopt;

  const Node head = frame.halves_.front().root();
  const std::size_t last = head.size() - 1;
  const Node items = head.value(last);
  const bool open =
      head.key(last).text() == kItems && items.is_null() && items.span().begin == items.span().end;
  if (!open) return std::nullopt;
  if (frame.halves_.size() == 1) return frame;
  const Node tail = frame.halves_.back().root();
  for (std::size_t i = 0; i < tail.size(); ++i) {
    if (tail.key(i).text() == "<<" || head.find(tail.key(i).text())) return std::nullopt;
  }
  return frame;
}

std::optional<Node> ListFrame::find(std::string_view key) const {
  for (const Document& half : halves_) {
    if (const auto value = half.root().find(key)) return value;
  }
  return std::nullopt;
}

}  // namespace untrack::frontend::yaml
