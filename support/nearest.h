// "Did you mean": the known word that a misspelt one probably stands for.
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace untrack {

// Where it is among the known ones. A third of the letters may differ, or one where there are two; letters
// that have changed places count as one: `acton`, `selectr` and `doNotTrak` are near to something, `net` and
// `name` are not. The first of equally near ones wins.
std::optional<std::size_t> nearest(std::string_view word, std::span<const std::string_view> known);

}  // namespace untrack
