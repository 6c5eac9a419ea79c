#include "support/nearest.h"

#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/edit_distance.h>

#include <algorithm>

namespace untrack {

// The commonest slip of the fingers.
static bool are_neighbours_swapped(std::string_view a, std::string_view b) {
  const auto [left, right] = std::ranges::mismatch(a, b);
  const auto at = static_cast<std::size_t>(left - a.begin());
  return a.size() == b.size() && at + 1 < a.size() && a[at] == b[at + 1] && a[at + 1] == b[at] &&
         a.substr(at + 2) == b.substr(at + 2);
}

static unsigned distance(std::string_view a, std::string_view b, unsigned most) {
  if (are_neighbours_swapped(a, b)) return 1;
  return llvm::ComputeEditDistance(llvm::ArrayRef(a.data(), a.size()), llvm::ArrayRef(b.data(), b.size()),
                                   /*AllowReplacements=*/true, most);
}

std::optional<std::size_t> nearest(std::string_view word, std::span<const std::string_view> known) {
  if (word.size() < 2) return std::nullopt;  // one letter is as near to any other
  unsigned best = std::max(static_cast<unsigned>(word.size() / 3), 1u) + 1;
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < known.size(); ++i) {
    const unsigned edits = distance(word, known[i], best);
    if (edits < best) {
      best = edits;
      found = i;
    }
  }
  return found;
}

}  // namespace untrack
