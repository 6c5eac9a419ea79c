// Line by line through a text of which only some lines are kept; the others stay as blank lines.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace untrack::verify {

// keep(number, line) for each line without its end; numbers are from 1.
template <class Keep>
std::string lines_kept(std::string_view text, const Keep& keep) {
  std::string kept;
  for (std::uint32_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (keep(number, line)) kept += line;
    kept += '\n';
  }
  return kept;
}

template <class See>
void for_each_line(std::string_view text, const See& see) {
  (void)lines_kept(text, [&](std::uint32_t number, std::string_view line) {
    see(number, line);
    return false;
  });
}

// The words of a line between its blanks; quotes mean nothing here. Empty past the last.
inline std::string_view word(std::string_view line, std::size_t index) {
  for (;; --index) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    const std::string_view first = line.substr(0, line.find_first_of(" \t"));
    if (index == 0 || first.empty()) return first;
    line.remove_prefix(first.size());
  }
}

}  // namespace untrack::verify
