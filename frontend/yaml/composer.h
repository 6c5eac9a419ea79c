// Puts a document together from the events of a parser: resolves aliases and merge keys, finds where each
// node begins and ends, keeps depth and expanded size bounded. Knows no parser.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <llvm/ADT/SmallVector.h>

#include "frontend/yaml/document.h"
#include "frontend/yaml/tree.h"
#include "support/diagnostic.h"

namespace untrack::frontend::yaml {

class Composer {
 public:
  // Calico's resources need less than 20 levels; readers of the tree may recurse this deep.
  static constexpr std::uint32_t kMaxDepth = 200;
  // Values of a document with its aliases followed, beyond a few for each byte of it.
  static constexpr std::uint64_t kMaxExpansion = 1'000'000;

  // Thrown by every event: the document is refused, and this was reported.
  struct Refused {};

  // Where an event begins, its tag and anchor included.
  struct At {
    std::uint32_t offset;  // in the buffer
    std::uint32_t column;  // in bytes, from 0
  };
  // Numbers count from 1, a name that is given again has a new one; 0: none.
  using Anchor = std::size_t;
  enum class Layout : std::uint8_t { Block, Flow };

  // A collection that has not ended.
  struct Open {
    At at;
    std::uint32_t cell = 0;
    NodeKind kind = NodeKind::Sequence;
    std::uint32_t column = 0;  // of its content
    Layout layout = Layout::Block;
    bool pair = false;  // one `key: value` among the items of a flow sequence: no braces
    Anchor anchor = 0;
    std::uint32_t height = 0;  // levels below it so far
    std::size_t children = 0;  // where they begin in `pending_`
    std::uint64_t values = 0;  // `values_` before it
    std::uint32_t key = 0;     // offset of its latest key
  };

  Composer(const SourceMap& sources, SourceSpan document, Diagnostics& diagnostics);

  // `tag` as YAML has it: `?` for plain text without one, `!` for other text without one.
  void null(At at, Anchor anchor);
  void scalar(At at, std::string_view tag, Anchor anchor, std::string_view text);
  void alias(At at, Anchor anchor);
  void begin_sequence(At at, std::string_view tag, Anchor anchor, Layout layout);
  void end_sequence();
  void begin_mapping(At at, std::string_view tag, Anchor anchor, Layout layout);
  void end_mapping();

  // Nothing for an empty document, and for one with a mistake that leaves its meaning open.
  std::optional<Document> finish();

  // ---- for messages about what the parser did not understand
  std::uint32_t cursor() const { return cursor_; }  // behind the last event
  std::span<const Open> open() const { return open_; }
  const Cell& cell(std::uint32_t index) const { return tree_->cells[index]; }
  const Cell* last_scalar() const;
  bool is_empty() const;  // nothing is written there, not even `null`
  // A key that is a mapping written `{{`, as in a template.
  std::optional<std::uint32_t> braces() const { return braces_; }

 private:
  struct Anchored {
    std::uint32_t cell = 0;
    std::uint32_t height = 0;
    std::uint64_t values = 0;
    bool complete = false;
  };
  enum class Slot : std::uint8_t { Root, Item, Key, Value };
  // Where a node's content begins, and where the last tag or anchor before it ends.
  struct Content {
    std::uint32_t begin;
    std::uint32_t properties_end;
  };

  Slot slot() const;
  SourceSpan span_of(std::uint32_t begin, std::uint32_t end) const { return {buffer_, begin, end}; }

  Content content_at(At at, std::string_view tag, Anchor anchor);
  std::uint32_t column_of(At at, std::uint32_t begin) const;
  bool is_deeper_than_parent(At at, std::uint32_t begin) const;
  std::uint32_t empty_place(At at, const Content& content) const;
  void require_colon(At at);
  void require_item(const Cell& cell);
  void require_text(At at, std::string_view tag, const Content& content);
  void require_separation(std::uint32_t begin, std::uint32_t end);
  void require_name(std::uint32_t indicator, std::uint32_t end);
  void require_indentation(At at, const Cell& cell, Layout layout);

  void set_text(Cell& cell, std::string_view text);
  void decode(Cell& cell, std::string_view text);
  std::uint32_t closed(std::uint32_t quote, std::optional<std::uint32_t> end);
  void add_leaf(At at, Anchor anchor);
  void begin_collection(At at, std::string_view tag, Anchor anchor, Layout layout, NodeKind kind);
  void end_collection();
  void link(At at, std::uint32_t cell_index, std::uint32_t height);
  void remember(Anchor anchor, const Anchored& anchored);
  void count(std::uint64_t values, SourceSpan where);

  std::string_view source_;
  BufferId buffer_;
  Diagnostics& diagnostics_;
  std::unique_ptr<Tree> tree_;
  std::uint64_t most_values_;
  std::uint64_t values_ = 0;
  std::uint32_t cursor_;
  bool has_root_ = false;
  bool refused_ = false;
  std::optional<std::uint32_t> braces_;
  std::optional<std::uint32_t> last_scalar_;
  llvm::SmallVector<Open, 16> open_;
  llvm::SmallVector<std::uint32_t, 64> pending_;  // children of the open collections
  std::vector<Anchored> anchors_;
};

}  // namespace untrack::frontend::yaml
