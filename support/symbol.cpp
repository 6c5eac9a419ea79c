#include "support/symbol.h"

#include <array>
#include <functional>
#include <mutex>

#include <llvm/ADT/StringMap.h>
#include <llvm/Support/Allocator.h>

namespace untrack {

namespace {

// Threads meet only over symbols that fall into one shelf.
struct Shelf {
  std::mutex mutex;
  llvm::StringMap<std::string_view, llvm::BumpPtrAllocator> symbols;  // each entry points to its own key
};

}  // namespace

static constexpr std::size_t kShelves = 16;

static Shelf& shelf_of(std::string_view text) {
  static auto* const shelves = new std::array<Shelf, kShelves>;  // outlives every symbol in static storage
  return (*shelves)[std::hash<std::string_view>()(text) % kShelves];
}

Symbol::Symbol(std::string_view text) {
  Shelf& shelf = shelf_of(text);
  const std::lock_guard lock(shelf.mutex);
  const auto [entry, added] = shelf.symbols.try_emplace(text);
  if (added) entry->second = entry->getKey();
  text_ = &entry->second;
}

}  // namespace untrack
