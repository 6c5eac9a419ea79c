#include "ir/labels.h"

#include <algorithm>
#include <cassert>

namespace untrack::ir {

static std::string_view key_of(const Labels::value_type& label) {
  return label.first;
}

Labels::Labels(std::initializer_list<std::pair<std::string_view, std::string_view>> labels) {
  for (const auto& [key, value] : labels) emplace(key, value);
}

Labels::const_iterator Labels::find(std::string_view key) const {
  const auto place = std::ranges::lower_bound(labels_, key, {}, key_of);
  return place != end() && place->first.text() == key ? place : end();
}

std::string_view Labels::at(std::string_view key) const {
  const auto label = find(key);
  assert(label != end() && "the label is there");
  return label->second;
}

void Labels::put(Symbol key, Symbol value, bool replace) {
  const auto place = std::ranges::lower_bound(labels_, key.text(), {}, key_of);
  if (place == labels_.end() || place->first != key) {
    labels_.emplace(place, key, value);
  } else if (replace) {
    place->second = value;
  }
}

}  // namespace untrack::ir
