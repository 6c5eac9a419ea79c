// Located YAML: every node knows the bytes it was written in. Built from yaml-cpp's event interface; no
// yaml-cpp type is seen outside the one file that adapts it. JSON is YAML.
//
// Aliases are resolved (an aliased node appears in several places of the tree, with the span of its anchor),
// and so are merge keys. Trees are finite and their depth and expanded size are bounded: a document that
// refers to itself or explodes is refused with a diagnostic.
#pragma once
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "frontend/yaml/tree.h"
#include "support/diagnostic.h"
#include "support/source.h"

namespace untrack::frontend::yaml {

// A handle: cheap to copy, valid as long as its Document lives, wherever that is moved, and the SourceMap.
class Node {
 public:
  NodeKind kind() const { return cell().kind; }
  bool is_null() const { return kind() == NodeKind::Null; }  // nothing, `~`, `null`
  bool is_scalar() const { return kind() == NodeKind::Scalar; }
  bool is_sequence() const { return kind() == NodeKind::Sequence; }
  bool is_mapping() const { return kind() == NodeKind::Mapping; }

  // The node's own bytes: quotes and brackets included; tags, anchors, comments and blanks around it not. A
  // block collection ends with its last item, a block scalar with its last line of content, before the line
  // break. Where nothing is written (`key:`) it is the point behind the `:` or `-`.
  SourceSpan span() const { return {tree_->buffer, cell().begin, cell().end}; }
  std::string_view written() const { return tree_->source.substr(cell().begin, cell().end - cell().begin); }

  // ---- scalars (text() is empty otherwise)
  // Decoded: quotes, escapes and folding undone.
  std::string_view text() const { return is_scalar() ? tree_->text(cell()) : std::string_view(); }
  // As a reader must take it: text tagged `!!str`, or with a tag of its own, is Quoted even if it is plain;
  // text tagged `!!int`, `!!float` or `!!bool` is Plain even if it is quoted.
  ScalarStyle style() const { return cell().style; }
  // Where bytes [begin, end) of text() stand in the source, exact also behind escapes and in folded and
  // literal blocks. begin == end gives a point.
  SourceSpan span(std::size_t begin, std::size_t end) const;

  // ---- sequences and mappings (size() is 0 otherwise); entries in source order, merged ones last
  std::size_t size() const { return is_sequence() || is_mapping() ? cell().count : 0; }
  Node item(std::size_t index) const {
    assert(is_sequence() && index < size() && "no such item");
    return linked(index);
  }
  Node key(std::size_t index) const {  // a scalar: other keys were reported and left out
    assert(is_mapping() && index < size() && "no such entry");
    return linked(2 * index);
  }
  Node value(std::size_t index) const {
    assert(is_mapping() && index < size() && "no such entry");
    return linked(2 * index + 1);
  }
  std::optional<Node> find(std::string_view key) const;

 private:
  friend class Document;
  Node(const Tree* tree, std::uint32_t index) : tree_(tree), index_(index) {}
  const Cell& cell() const { return tree_->cells[index_]; }
  Node linked(std::size_t link) const { return {tree_, tree_->links[cell().first + link]}; }

  const Tree* tree_;
  std::uint32_t index_;
};

class Document {
 public:
  explicit Document(std::unique_ptr<const Tree> tree) : tree_(std::move(tree)) {}
  Node root() const { return {tree_.get(), tree_->root}; }

 private:
  std::unique_ptr<const Tree> tree_;  // stays where it is when the Document moves
};

// A buffer in parts, each from a line `---` to the next. Such a line ends a document wherever it stands, so
// parts can be read in any order and at the same time, and a mistake in one does not reach into the others.
// Of a buffer that is no text at all there are none, and that is reported.
std::vector<SourceSpan> divide(const SourceMap& sources, BufferId buffer, Diagnostics& diagnostics);

struct Part {
  std::vector<Document> documents;
  // The part is a Helm (Go) template and no YAML: nothing of its whole buffer is to be trusted, what was
  // reported included. Whoever reads the parts reports the first such action.
  std::optional<SourceSpan> template_action;
};
// The documents of a part. Syntax errors, duplicate keys and the like are reported with their place; what can
// be read is returned all the same. Empty documents are left out.
Part parse_part(const SourceMap& sources, SourceSpan part, Diagnostics& diagnostics);
void report_template(SourceSpan action, Diagnostics& diagnostics);

// All documents of a buffer, part by part.
std::vector<Document> parse(const SourceMap& sources, BufferId buffer, Diagnostics& diagnostics);

}  // namespace untrack::frontend::yaml
