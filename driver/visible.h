// Text of the input where a terminal or a log shows it.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace untrack::driver {

// The first character of a text that is not empty.
struct Character {
  std::size_t bytes = 1;
  int columns = 1;        // on a terminal: 0 for combining marks, 2 for wide characters
  bool printable = true;  // neither control nor invisible nor broken UTF-8
};
Character first_character(std::string_view text);

// On one line of ours: control and invisible characters become escapes.
std::string visible(std::string_view text);

}  // namespace untrack::driver
