// Where things stand on their lines, for whoever changes a text and keeps its layout. Places are offsets in
// bytes up to the source's size; columns count bytes from 0, behind a byte order mark. Lines end before their
// line break, which is LF or CRLF.
#pragma once
#include <cstdint>
#include <string_view>

#include "frontend/yaml/document.h"
#include "frontend/yaml/lexical.h"

namespace untrack::frontend::yaml {

class Lines {
 public:
  explicit Lines(std::string_view source) : source_(source) {}

  char byte(std::uint32_t at) const { return byte_at(source_, at); }
  std::string_view text(std::uint32_t begin, std::uint32_t end) const {
    return source_.substr(begin, end - begin);
  }
  std::uint32_t skip(std::uint32_t at) const { return skip_separation(source_, at); }
  std::uint32_t skip_blanks(std::uint32_t at) const { return yaml::skip_blanks(source_, at); }

  std::uint32_t begin_of(std::uint32_t at) const;  // of the line that a place is in
  std::uint32_t end_of(std::uint32_t at) const { return line_end(source_, at); }
  std::uint32_t behind(std::uint32_t end_of_line) const;  // the begin of the next line
  std::uint32_t column(std::uint32_t at) const { return at - begin_of(at); }
  bool begins_line(std::uint32_t at) const;      // nothing but spaces before it
  bool nothing_follows(std::uint32_t at) const;  // on its line, but a comment
  // Whether there may be a comment: a `#`, in quotes or not.
  bool has_comment(std::uint32_t begin, std::uint32_t end) const;
  bool is_flow(Node collection) const;  // in brackets

  // Of the line that a place is in; at the end of the text, of its first line.
  std::string_view line_break(std::uint32_t at) const;
  // The end of the last line of an entry or item that ends at `end`, its key or `-` being at `column`:
  // comments in the next lines that stand deeper belong to it.
  std::uint32_t end_with_comments(std::uint32_t end, std::uint32_t column) const;
  // The begin of the first of the comment lines right above a line at the same column, or of the line itself.
  std::uint32_t begin_with_comments(std::uint32_t begin, std::uint32_t column) const;

 private:
  std::string_view source_;
};

}  // namespace untrack::frontend::yaml
