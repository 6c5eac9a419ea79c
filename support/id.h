// A typed index: names a thing that lives in a store. Trivially copyable, hashes well, survives the
// growth of its store, and cannot be mixed up with the id of another kind of thing.
#pragma once
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace untrack {

template <class Tag>
struct Id {
  std::uint32_t index = 0;
  friend constexpr auto operator<=>(Id, Id) = default;
};

}  // namespace untrack

template <class Tag>
struct std::hash<untrack::Id<Tag>> {
  std::size_t operator()(untrack::Id<Tag> id) const noexcept { return std::hash<std::uint32_t>{}(id.index); }
};
