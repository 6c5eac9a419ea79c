#include "verify/nft/lookup.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

namespace untrack::verify::nft {

// Elements are factored field by field, the field with the fewest values first: all elements that agree on
// the fields so far share one part, and values that lead to equal parts are taken together. So 100,000
// addresses beside one port are one address set, and 1000 services are 1000 small ones.
class Lookup {
 public:
  Lookup(Composer& composer, Fields& fields, const Key& key, std::vector<std::size_t> order)
      : composer_(composer), fields_(fields), key_(key), order_(std::move(order)) {}

  Hits found(std::span<const Element* const> elements, std::size_t depth) {
    const std::size_t field = order_[depth];
    if (depth + 1 == order_.size()) return fields_.in(key_[field], values(elements, field));

    std::map<Range, std::vector<const Element*>> by_value;
    for (const Element* element : elements) by_value[element->values[field]].push_back(element);
    std::map<Hits, std::vector<Range>> by_rest;
    for (const auto& [value, group] : by_value) by_rest[found(group, depth + 1)].push_back(value);

    std::vector<Hits> alternatives;
    for (auto& [rest, ranges] : by_rest) {
      alternatives.push_back(composer_.both(fields_.in(key_[field], Ranges(std::move(ranges))), rest));
    }
    return composer_.any(std::move(alternatives));
  }

 private:
  static Ranges values(std::span<const Element* const> elements, std::size_t field) {
    std::vector<Range> ranges;
    ranges.reserve(elements.size());
    for (const Element* element : elements) ranges.push_back(element->values[field]);
    return Ranges(std::move(ranges));
  }

  Composer& composer_;
  Fields& fields_;
  const Key& key_;
  std::vector<std::size_t> order_;
};

static std::vector<std::size_t> fewest_values_first(const Key& key,
                                                    std::span<const Element* const> elements) {
  std::vector<std::size_t> counts(key.size());
  for (std::size_t field = 0; field < key.size(); ++field) {
    std::set<Range> distinct;
    for (const Element* element : elements) distinct.insert(element->values[field]);
    counts[field] = distinct.size();
  }
  std::vector<std::size_t> order(key.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return counts[a] < counts[b]; });
  return order;
}

Hits found_in(Composer& composer, Fields& fields, const Key& key, std::span<const Element* const> elements) {
  std::vector<const Element*> keyed;
  std::copy_if(elements.begin(), elements.end(), std::back_inserter(keyed),
               [](const Element* element) { return !element->catches_all(); });
  if (keyed.empty()) return composer.never();
  if (key.size() == 1) return Lookup(composer, fields, key, {0}).found(keyed, 0);
  return Lookup(composer, fields, key, fewest_values_first(key, keyed)).found(keyed, 0);
}

Hits looked_up(Composer& composer, Fields& fields, const Key& key) {
  Hits all = composer.always();
  for (const Field& field : key) all = composer.both(all, fields.loaded(field));
  return all;
}

}  // namespace untrack::verify::nft
