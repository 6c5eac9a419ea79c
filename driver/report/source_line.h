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

}  // namespace untrack::driver
