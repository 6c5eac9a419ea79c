// Changes of a document as edits of its text: in its own layout, and nothing else is touched. Comments,
// quotes, order, indentation and line ends stay.
#pragma once
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "frontend/yaml/seats.h"
#include "support/fix.h"
#include "support/source.h"

namespace untrack::frontend::yaml {

// The documents of one buffer, ready to be asked.
class Rewriter {
 public:
  Rewriter(const SourceMap& sources, BufferId buffer);  // keeps the reference

  // All changes together, sorted; items for one list become one insertion, each once. Nothing where they
  // cannot be made in place: a node that is shared, since the change would reach into another place; a layout
  // in which they have no room; two that meet in one place.
  std::optional<std::vector<TextEdit>> edits(std::span<const Change> changes) const;

 private:
  std::string_view source_;
  BufferId buffer_;
  Seats seats_;
};

// Whether the edited buffer holds the documents of the old one with these changes made, and nothing else.
// Reads both, and knows nothing of how the text was edited.
bool says_the_same_but_for(const SourceMap& before, const SourceMap& after, BufferId buffer,
                           std::span<const Change> changes);

}  // namespace untrack::frontend::yaml
