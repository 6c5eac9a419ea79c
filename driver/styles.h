// The colours of a terminal, and what they stand for.
#pragma once
#include <string>
#include <string_view>

#include <fmt/color.h>

#include "support/diagnostic.h"

namespace untrack::driver {

inline fmt::text_style style_of(Severity severity) {
  switch (severity) {
    case Severity::Error: return fmt::fg(fmt::terminal_color::red) | fmt::emphasis::bold;
    case Severity::Warning: return fmt::fg(fmt::terminal_color::yellow) | fmt::emphasis::bold;
    case Severity::Info: return fmt::fg(fmt::terminal_color::blue) | fmt::emphasis::bold;
  }
  __builtin_unreachable();
}

// As it is, where there are no colours.
inline std::string styled(bool color, fmt::text_style style, std::string_view words) {
  return color ? fmt::format(style, "{}", words) : std::string(words);
}

}  // namespace untrack::driver
