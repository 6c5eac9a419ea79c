// The nodes of a buffer by the place where they are written. A node may sit in several places of the tree, as
// aliases and merge keys share it.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

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

class Seats {
 public:
  Seats(const SourceMap& sources, BufferId buffer);

  // The one seat of a node; nullptr where no such node is written there, or where it is shared, so that a
  // change of it would reach into another place.
  const Seat* value(SourceSpan span) const;
  const Seat* value(Node node) const { return value(node.span(), node.kind()); }
  const Seat* key(SourceSpan span) const;
  // A mapping that is merged elsewhere counts as shared, too.
  const Seat* mapping(const MappingPlace& place) const;

  const std::vector<Seat>& all() const { return seats_; }  // document by document, parents before children

 private:
  const Seat* value(SourceSpan span, NodeKind kind) const;
  template <class Wanted>
  const Seat* only_one(SourceSpan span, const Wanted& wanted) const;
  void add(Node node);

  std::vector<Document> documents_;
  std::vector<Seat> seats_;
  std::vector<const Seat*> by_place_;
};

// Written in the mapping itself, not merged into it.
bool is_own_entry(Node mapping, std::size_t entry);

}  // namespace untrack::frontend::yaml
