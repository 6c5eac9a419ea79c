// The labels of an object: a few keys, each with one value, in the order of the keys' bytes. Keys and values
// are symbols: a cluster has hundreds of thousands of objects with some ten labels each, and few words in
// them.
#pragma once
#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

#include "support/symbol.h"

namespace untrack::ir {

class Labels {
 public:
  using value_type = std::pair<Symbol, Symbol>;  // key, value
  using const_iterator = std::vector<value_type>::const_iterator;

  Labels() = default;
  Labels(std::initializer_list<std::pair<std::string_view, std::string_view>> labels);

  const_iterator begin() const { return labels_.begin(); }
  const_iterator end() const { return labels_.end(); }
  bool empty() const { return labels_.empty(); }
  const_iterator find(std::string_view key) const;
  bool contains(std::string_view key) const { return find(key) != end(); }
  std::string_view at(std::string_view key) const;  // of a key that is there

  // A key that is there keeps its value.
  void emplace(Symbol key, Symbol value) { put(key, value, false); }
  void emplace(std::string_view key, std::string_view value) { put(Symbol(key), Symbol(value), false); }
  void insert_or_assign(Symbol key, Symbol value) { put(key, value, true); }
  void insert_or_assign(std::string_view key, std::string_view value) {
    put(Symbol(key), Symbol(value), true);
  }

  friend bool operator==(const Labels&, const Labels&) = default;

 private:
  void put(Symbol key, Symbol value, bool replace);

  std::vector<value_type> labels_;
};

}  // namespace untrack::ir
