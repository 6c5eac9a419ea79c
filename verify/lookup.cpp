#include "verify/lookup.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

namespace untrack::verify {

// Elements are factored field by field, the field with the fewest values first: all elements that agree on
// the fields so far share one part, and values that lead to equal parts are taken together. So 100,000
// addresses beside one port are one address set, and 1000 services are 1000 small ones.
class Lookup {
 public:
  Lookup(Composer& composer, const FieldTest& test, std::vector<std::size_t> order)
      : composer_(composer), test_(test), order_(std::move(order)) {}

  // Recursion is as deep as the key is long.
  Hits found(std::span<const Values* const> elements, std::size_t depth) {
    const std::size_t field = order_[depth];
    if (depth + 1 == order_.size()) return test_(field, values(elements, field));

    std::map<Range, std::vector<const Values*>> by_value;
    for (const Values* element : elements) by_value[(*element)[field]].push_back(element);
    std::map<Hits, std::vector<Range>> by_rest;
    for (const auto& [value, group] : by_value) by_rest[found(group, depth + 1)].push_back(value);

    std::vector<Hits> alternatives;
    for (auto& [rest, ranges] : by_rest) {
      alternatives.push_back(composer_.both(test_(field, Ranges(std::move(ranges))), rest));
    }
    return composer_.any(std::move(alternatives));
  }

 private:
  static Ranges values(std::span<const Values* const> elements, std::size_t field) {
    std::vector<Range> ranges;
    ranges.reserve(elements.size());
    for (const Values* element : elements) ranges.push_back((*element)[field]);
    return Ranges(std::move(ranges));
  }

  Composer& composer_;
  const FieldTest& test_;
  std::vector<std::size_t> order_;
};

static std::vector<std::size_t> fewest_values_first(std::span<const Values* const> elements,
                                                    std::size_t fields) {
  std::vector<std::size_t> counts(fields), order(fields);
  for (std::size_t field = 0; field < fields; ++field) {
    std::set<Range> distinct;
    for (const Values* element : elements) distinct.insert((*element)[field]);
    counts[field] = distinct.size();
  }
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return counts[a] < counts[b]; });
  return order;
}

Hits found_in(Composer& composer, std::span<const Values* const> elements, std::size_t fields,
              const FieldTest& test) {
  if (elements.empty()) return composer.never();
  if (fields == 1) return Lookup(composer, test, {0}).found(elements, 0);
  return Lookup(composer, test, fewest_values_first(elements, fields)).found(elements, 0);
}

}  // namespace untrack::verify
