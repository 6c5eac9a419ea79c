// What a misspelt word of the command line or the configuration probably stands for.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/nearest.h"

namespace untrack::driver {

// `; did you mean `x`?`, or nothing.
template <class Words>
std::string did_you_mean(std::string_view word, const Words& words) {
  const std::vector<std::string_view> known(words.begin(), words.end());
  const std::optional<std::size_t> found = nearest(word, known);
  return found ? "; did you mean `" + std::string(known[*found]) + "`?" : std::string();
}

}  // namespace untrack::driver
