// How the author of a buffer lays out mappings and lists, so that what is added looks like the rest: as the
// collection itself does, or else as the first of its kind in the buffer that shows it, or else in steps of
// two columns.
#pragma once
#include <cstdint>
#include <optional>

#include <llvm/ADT/STLFunctionalExtras.h>

#include "frontend/yaml/lines.h"
#include "frontend/yaml/seats.h"
#include "support/yaml_text.h"

namespace untrack::frontend::yaml {

class WrittenLayout {
 public:
  WrittenLayout(const Lines& lines, const Seats& seats) : lines_(lines), seats_(seats) {}

  // With the line break of the line that `at` is in.
  BlockLayout of_mapping(Node mapping, std::uint32_t at) const;
  BlockLayout of_list(Node list, std::uint32_t at) const;  // that has items
  // Whether the lists of a mapping, or a list that has items, hold their mappings in the flow style.
  bool likes_flow_items(Node mapping) const;
  bool holds_flow_mappings(Node list) const;

 private:
  using Measure = llvm::function_ref<std::optional<std::uint32_t>(Node)>;

  std::optional<std::uint32_t> step_of(Node mapping, NodeKind kind) const;  // to its values of that kind
  std::optional<std::uint32_t> gap_of(Node list) const;                     // from a `-` to its mapping
  std::uint32_t found(Node first, Measure measure) const;

  const Lines& lines_;
  const Seats& seats_;
};

}  // namespace untrack::frontend::yaml
