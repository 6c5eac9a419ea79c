// Literal and folded blocks: YAML 1.2.2 section 8.1.
#include <algorithm>

#include "frontend/yaml/lexical.h"
#include "frontend/yaml/scalar.h"

namespace untrack::frontend::yaml {

struct BlockHeader {
  bool folded = false;
  char chomping = '\0';               // '+' keeps all final line breaks, '-' none, otherwise one
  std::uint32_t explicit_indent = 0;  // 0: the content shows it
  std::uint32_t end = 0;              // behind the indicators
  std::uint32_t content = 0;          // first byte of the next line
};

static BlockHeader read_header(std::string_view source, std::uint32_t at) {
  BlockHeader header;
  header.folded = byte_at(source, at) == '>';
  for (++at; at < source.size(); ++at) {
    const char c = source[at];
    if (c == '+' || c == '-') {
      header.chomping = c;
    } else if (c >= '1' && c <= '9') {
      header.explicit_indent = static_cast<std::uint32_t>(c - '0');
    } else {
      break;
    }
  }
  header.end = at;
  const std::uint32_t end = line_end(source, at);
  header.content = end < source.size() ? after_break(source, end) : end;
  return header;
}

std::uint32_t block_indent(std::string_view source, std::uint32_t begin, int parent_column) {
  const BlockHeader header = read_header(source, begin);
  const auto parent = static_cast<std::uint32_t>(std::max(parent_column, 0));
  if (header.explicit_indent != 0) return parent + header.explicit_indent;
  // The first line with content shows it; blank lines before it count as well, as in libyaml and yaml-cpp.
  std::uint32_t indent = parent_column < 0 ? 1 : parent + 1;
  for (std::uint32_t at = header.content; at < source.size();) {
    std::uint32_t content = at;
    while (byte_at(source, content) == ' ') ++content;
    indent = std::max(indent, content - at);
    if (!is_break_at(source, content)) break;
    at = after_break(source, content);
  }
  return indent;
}

namespace {
class BlockReader {
 public:
  BlockReader(std::string_view source, std::uint32_t begin, std::uint32_t indent, PieceSink sink)
      : source_(source), header_(read_header(source, begin)), indent_(indent), sink_(sink) {}

  std::uint32_t read() {
    std::uint32_t at = header_.content;
    gap_ = at;
    while (at < source_.size()) {
      std::uint32_t content = at;
      while (content - at < indent_ && byte_at(source_, content) == ' ') ++content;
      if (is_break_at(source_, content)) {
        at = after_break(source_, content);
      } else if (content == source_.size() || content - at < indent_) {
        break;
      } else {
        at = line(at, content);
      }
    }
    chomp(at);
    return has_content_ ? gap_ : header_.end;
  }

 private:
  // Content from `content` to the end of its line; returns the beginning of the next one.
  std::uint32_t line(std::uint32_t begin, std::uint32_t content) {
    const bool more_indented = is_blank(source_[content]);
    const bool folds = header_.folded && has_content_ && !more_indented && !more_indented_before_;
    if (!folds) {
      breaks(begin, 0);
    } else if (after_break(source_, gap_) == begin) {
      sink_({" ", gap_, content});
    } else {
      breaks(begin, 1);
    }
    const std::uint32_t end = line_end(source_, content);
    sink_({source_.substr(content, end - content), content, end, true});
    gap_ = end;
    has_content_ = true;
    more_indented_before_ = more_indented;
    return end < source_.size() ? after_break(source_, end) : end;
  }

  void chomp(std::uint32_t end) {
    if (header_.chomping == '-') return;
    if (header_.chomping == '+') return breaks(end, 0);
    if (has_content_ && is_break_at(source_, gap_)) breaks(after_break(source_, gap_), 0);
  }

  // The line breaks from the last content up to `end`, each a line feed; the first `skipped` of them give
  // none.
  void breaks(std::uint32_t end, int skipped) {
    for (std::uint32_t at = gap_; at < end; ++at) {
      if (!is_break_at(source_, at)) continue;
      const std::uint32_t after = after_break(source_, at);
      if (skipped-- <= 0) sink_({"\n", at, after});
      at = after - 1;
    }
  }

  std::string_view source_;
  BlockHeader header_;
  std::uint32_t indent_;
  PieceSink sink_;
  std::uint32_t gap_ = 0;  // end of the content so far
  bool has_content_ = false;
  bool more_indented_before_ = false;
};
}  // namespace

std::uint32_t read_block(std::string_view source, std::uint32_t begin, std::uint32_t indent, PieceSink sink) {
  return BlockReader(source, begin, indent, sink).read();
}

}  // namespace untrack::frontend::yaml
