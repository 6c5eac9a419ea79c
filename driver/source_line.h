// The line of the input that a finding is about, with its span underlined.
#pragma once
#include <cstdint>
#include <string>

#include "support/source.h"

namespace untrack::driver {

struct SourceLine {
  std::uint32_t number = 1;
  std::string text;  // fit for a terminal; cut around the span where the line is long
  std::string
      underline;  // blanks, tabs where `text` has them, and carets; as wide on screen as what it marks
};

// Of a span that exists. A span over several lines is cut to its first one.
SourceLine source_line(const SourceMap& sources, SourceSpan span);

// The first character of a text that is not empty.
struct Character {
  std::size_t bytes = 1;
  int columns = 1;        // on a terminal: 0 for combining marks, 2 for wide characters
  bool printable = true;  // neither control nor invisible nor broken UTF-8
};
Character first_character(std::string_view text);

}  // namespace untrack::driver
