// The nodes of a buffer by the place where they are written. A node may sit in several places of the tree, as
// aliases and merge keys share it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <llvm/ADT/STLFunctionalExtras.h>

#include "frontend/yaml/document.h"
#include "support/fix.h"
#include "support/source.h"

namespace untrack::frontend::yaml {

struct Seat {
  Node node;
  const Seat* parent = nullptr;  // of the collection that holds it
  std::size_t slot = 0;          // the item or entry of the parent
  bool is_key = false;
};

// Reads a part of the buffer once something in it is asked for: most parts of a large file are never changed.
// A part that cannot be read whole has none.
class Seats {
 public:
  Seats(const SourceMap& sources, BufferId buffer);  // keeps the reference

  // The one seat of a node; nullptr where no such node is written there, or where it is shared, so that a
  // change of it would reach into another place.
  const Seat* value(SourceSpan span) const;
  const Seat* value(Node node) const { return value(node.span(), node.kind()); }
  const Seat* key(SourceSpan span) const;
  // A mapping that is merged elsewhere counts as shared, too.
  const Seat* mapping(const MappingPlace& place) const;

  // Document by document, parents before children, until one of them will do.
  bool any_of(llvm::function_ref<bool(const Seat&)> will_do) const;

 private:
  struct Part {
    std::vector<Document> documents;
    std::vector<Seat> seats;
    std::vector<const Seat*> by_place;
  };

  const Part& part(std::size_t index) const;
  const Part& part_with(std::uint32_t offset) const;
  const Seat* value(SourceSpan span, NodeKind kind) const;
  template <class Wanted>
  const Seat* only_one(SourceSpan span, const Wanted& wanted) const;

  const SourceMap& sources_;
  std::vector<SourceSpan> spans_;                           // of the parts
  mutable std::vector<std::unique_ptr<const Part>> parts_;  // those that were asked for
};

// Written in the mapping itself, not merged into it.
bool is_own_entry(Node mapping, std::size_t entry);

}  // namespace untrack::frontend::yaml
