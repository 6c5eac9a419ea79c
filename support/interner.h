// A store of distinct values. Equal values get the same id, so that equality of ids is equality of values.
// Ids count up from 0 in the order of first sight; references stay valid while the store grows.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <unordered_map>
#include <utility>

namespace untrack {

template <class Value, class IdType, class Hash = std::hash<Value>>
class Interner {
 public:
  IdType intern(Value value) {
    const std::size_t hash = Hash{}(value);
    const auto [first, last] = by_hash_.equal_range(hash);
    for (auto it = first; it != last; ++it) {
      if (values_[it->second.index] == value) return it->second;
    }
    const IdType id{static_cast<std::uint32_t>(values_.size())};
    values_.push_back(std::move(value));
    by_hash_.emplace(hash, id);
    return id;
  }
  const Value& operator[](IdType id) const { return values_[id.index]; }
  std::size_t size() const { return values_.size(); }
  auto begin() const { return values_.begin(); }
  auto end() const { return values_.end(); }

 private:
  std::deque<Value> values_;  // never moves what it holds
  std::unordered_multimap<std::size_t, IdType> by_hash_;
};

}  // namespace untrack
