#include "support/nearest.h"

#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/edit_distance.h>

namespace untrack {

std::optional<std::size_t> nearest(std::string_view word, std::span<const std::string_view> known) {
  unsigned best = static_cast<unsigned>(word.size() / 3) + 1;
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < known.size(); ++i) {
    const unsigned distance =
        llvm::ComputeEditDistance(llvm::ArrayRef(word.data(), word.size()),
                                  llvm::ArrayRef(known[i].data(), known[i].size()), true, best);
    if (distance < best) {
      best = distance;
      found = i;
    }
  }
  return found;
}

}  // namespace untrack
