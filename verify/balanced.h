// Joins many values by an associative operation.
#pragma once
#include <vector>

namespace untrack::verify {

// Pairwise, halves first: the operands of every step stay of like size, so n small maps cost n log n and not
// n*n.
template <class T, class Op>
T balanced(std::vector<T> items, T neutral, const Op& op) {
  if (items.empty()) return neutral;
  while (items.size() > 1) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < items.size(); i += 2) {
      items[kept++] = i + 1 < items.size() ? op(items[i], items[i + 1]) : items[i];
    }
    items.resize(kept, neutral);
  }
  return items.front();
}

}  // namespace untrack::verify
