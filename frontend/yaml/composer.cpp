#include "frontend/yaml/composer.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "frontend/yaml/diagnostics.h"
#include "frontend/yaml/entries.h"
#include "frontend/yaml/lexical.h"
#include "frontend/yaml/properties.h"

namespace untrack::frontend::yaml {

static constexpr std::uint64_t kExpansionPerByte = 4;
// Of policies as people write them there are 8 to 10 bytes to a node; where there are more, the room that is
// not needed is never touched.
static constexpr std::uint32_t kBytesPerCell = 8;

static ScalarStyle written_style(char first) {
  if (first == '"' || first == '\'') return ScalarStyle::Quoted;
  if (first == '|' || first == '>') return ScalarStyle::Block;
  return ScalarStyle::Plain;
}

// ---- places

Composer::Composer(const SourceMap& sources, SourceSpan document, Diagnostics& diagnostics)
    : source_(sources.text(document.buffer).substr(0, document.end)),
      buffer_(document.buffer),
      diagnostics_(diagnostics),
      tree_(std::make_unique<Tree>()),
      most_values_(kMaxExpansion + kExpansionPerByte * (document.end - document.begin)),
      cursor_(document.begin) {
  tree_->source = source_;
  tree_->buffer = buffer_;
  tree_->cells.reserve((document.end - document.begin) / kBytesPerCell);
  tree_->links.reserve((document.end - document.begin) / kBytesPerCell);
}

inline Composer::Slot Composer::slot() const {
  if (open_.empty()) return Slot::Root;
  const Open& parent = open_.back();
  if (parent.kind == NodeKind::Sequence) return Slot::Item;
  return (pending_.size() - parent.children) % 2 == 0 ? Slot::Key : Slot::Value;
}

inline Composer::Content Composer::content_at(At at, std::string_view tag, Anchor anchor) {
  bool tag_expected = is_explicit_tag(tag);
  bool anchor_expected = anchor != 0;
  Content content{at.offset, at.offset};
  while (tag_expected || anchor_expected) {
    const char c = byte_at(source_, content.begin);
    if (tag_expected && c == '!') {
      tag_expected = false;
      content.properties_end = tag_end(source_, content.begin);
      require_separation(content.begin, content.properties_end);
    } else if (anchor_expected && c == '&') {
      anchor_expected = false;
      content.properties_end = name_end(source_, content.begin);
      require_name(content.begin, content.properties_end);
    } else {
      break;
    }
    content.begin = skip_separation(source_, content.properties_end);
  }
  return content;
}

std::uint32_t Composer::column_of(At at, std::uint32_t begin) const {
  return begin == at.offset ? at.column : begin - line_begin(source_, begin);
}

inline bool Composer::is_deeper_than_parent(At at, std::uint32_t begin) const {
  if (open_.empty() || open_.back().layout == Layout::Flow || slot() == Slot::Key) return true;
  return column_of(at, begin) > open_.back().column;
}

// The point that stands for a node of which nothing is written: behind its `:`, `-` or `?`.
std::uint32_t Composer::empty_place(At at, const Content& content) const {
  if (content.properties_end != at.offset) return content.properties_end;
  const auto behind = [this](char indicator) {
    const std::uint32_t found = skip_separation(source_, cursor_);
    return byte_at(source_, found) == indicator ? found + 1 : cursor_;
  };
  switch (slot()) {
    case Slot::Root: return at.offset;
    case Slot::Item: return open_.back().layout == Layout::Flow ? at.offset : behind('-');
    case Slot::Key: return byte_at(source_, at.offset) == ':' ? at.offset : behind('?');
    case Slot::Value: return behind(':');
  }
  return cursor_;
}

// yaml-cpp 0.7 reads a last line without a colon as a key with no value.
void Composer::require_colon(At at) {
  if (slot() != Slot::Value || open_.back().layout == Layout::Flow || at.offset != open_.back().key) return;
  const Cell& key = tree_->cells[pending_.back()];
  if (key.kind != NodeKind::Scalar) return;
  refused_ = true;
  const std::string_view line = source_.substr(key.begin, key.end - key.begin);
  diagnostics_.report(span_of(key.begin, key.end), missing_colon, line)
      .help(std::string(help_with_missing_colon(line)));
}

// yaml-cpp 0.7 takes a value that stands no deeper than its key; libyaml does not.
inline void Composer::require_indentation(At at, const Cell& cell, Layout layout) {
  if (is_deeper_than_parent(at, cell.begin)) return;
  const bool list = cell.kind == NodeKind::Sequence && layout == Layout::Block;
  if (list && slot() == Slot::Value && column_of(at, cell.begin) == open_.back().column) return;
  refused_ = true;
  diagnostics_.report(span_of(cell.begin, cell.begin), bad_indentation,
                      "this value is not indented more than the key or item that it belongs to");
}

// yaml-cpp reads `[a,, b]` as three items; libyaml refuses it.
void Composer::require_item(const Cell& cell) {
  if (slot() != Slot::Item || open_.back().layout == Layout::Block || byte_at(source_, cell.begin) != ',')
    return;
  refused_ = true;
  diagnostics_.report(span_of(cell.begin, cell.begin + 1), yaml_syntax, "a value is missing before this `,`");
}

// `selector: !has(role)` is a tag and an empty text, which as a selector means everything.
void Composer::require_text(At at, std::string_view tag, const Content& content) {
  if (is_core_tag(tag) || tag == "!") return;
  const SourceSpan where = span_of(at.offset, content.properties_end);
  diagnostics_.report(where, tag_without_text, source_.substr(where.begin, where.end - where.begin))
      .help("put it in quotes")
      .fix({Safety::Safe, FixEffect::Repaired, "put it in quotes", {QuoteTag{where}}});
}

// yaml-cpp takes any name, libyaml and with it Calico only letters, digits, `-` and `_`.
void Composer::require_name(std::uint32_t indicator, std::uint32_t end) {
  const std::string_view name = source_.substr(indicator + 1, end - indicator - 1);
  if (is_portable_name(name)) return;
  refused_ = true;
  diagnostics_
      .report(span_of(indicator, end), yaml_syntax,
              fmt::format("`{}` is no name of an anchor: letters, digits, `-` and `_`", name))
      .help("put the text in quotes if it is no anchor or alias");
}

// yaml-cpp lets a tag end in the middle of a word.
void Composer::require_separation(std::uint32_t begin, std::uint32_t end) {
  const char next = byte_at(source_, end);
  if (next == '\0' || is_blank(next) || is_break_at(source_, end)) return;
  if (!open_.empty() && open_.back().layout == Layout::Flow &&
      std::string_view(",]}").find(next) != std::string_view::npos)
    return;
  diagnostics_.report(span_of(begin, end), yaml_syntax, "a blank must follow this tag")
      .help("put the text in quotes if it is no tag");
  throw Refused{};
}

// ---- leaves

void Composer::null(At at, Anchor anchor) {
  require_colon(at);
  const Content content = content_at(at, "?", anchor);
  Cell& cell = tree_->cells.emplace_back();
  const std::string_view here = source_.substr(content.begin, 4);
  const bool tilde = here.starts_with('~');
  const bool word = here == "null" || here == "Null" || here == "NULL";
  if ((tilde || word) && is_deeper_than_parent(at, content.begin)) {
    cell.begin = content.begin;
    cell.end = content.begin + (tilde ? 1 : 4);
  } else {
    cell.begin = cell.end = empty_place(at, content);
    require_item(cell);
  }
  add_leaf(at, anchor);
}

void Composer::scalar(At at, std::string_view tag, Anchor anchor, std::string_view text) {
  const Content content = content_at(at, tag, anchor);
  const ScalarStyle written = written_style(byte_at(source_, content.begin));
  Cell& cell = tree_->cells.emplace_back();
  cell.kind = NodeKind::Scalar;
  cell.style = written;
  const bool nothing_there =
      text.empty() && (written == ScalarStyle::Plain || !is_deeper_than_parent(at, content.begin));
  if (nothing_there) {
    cell.begin = cell.end = cell.first = empty_place(at, content);
    require_text(at, tag, content);
  } else {
    cell.begin = content.begin;
    set_text(cell, text);
    require_indentation(at, cell, Layout::Flow);
  }
  if (is_explicit_tag(tag)) {
    cell.style = style_of(tag, written);
    if (is_null_tag(tag)) cell.kind = NodeKind::Null;
  }
  add_leaf(at, anchor);
}

// Most texts are written byte for byte; the others are read again, so that text and places agree whatever the
// parser's view of the text is.
inline void Composer::set_text(Cell& cell, std::string_view text) {
  const char first = source_[cell.begin];
  const ScalarStyle written = written_style(first);
  const auto size = static_cast<std::uint32_t>(text.size());
  cell.first = written == ScalarStyle::Quoted ? cell.begin + 1 : cell.begin;
  cell.count = size;
  const bool same = source_.substr(cell.first, size) == text;
  if (written == ScalarStyle::Plain && same) {
    cell.end = cell.first + size;
  } else if (written == ScalarStyle::Quoted && same && byte_at(source_, cell.first + size) == first &&
             byte_at(source_, cell.first + size + 1) != '\'') {
    cell.end = cell.first + size + 1;
  } else {
    decode(cell, text);
  }
}

void Composer::decode(Cell& cell, std::string_view text) {
  std::string& decoded = tree_->decoded;
  const std::size_t before = decoded.size();
  const auto append = [&decoded](const Piece& piece) { decoded += piece.text; };
  switch (written_style(source_[cell.begin])) {
    case ScalarStyle::Plain:
      cell.form = Form::Plain;
      cell.end = plain_end(source_, cell.begin, text);
      read_plain(source_, cell.begin, cell.end, append);
      break;
    case ScalarStyle::Quoted:
      cell.form = Form::Quoted;
      cell.end = closed(cell.begin, read_quoted(source_, cell.begin, append));
      break;
    case ScalarStyle::Block:
      cell.form = Form::Block;
      cell.indent =
          block_indent(source_, cell.begin, open_.empty() ? -1 : static_cast<int>(open_.back().column));
      cell.end = read_block(source_, cell.begin, cell.indent, append);
      break;
  }
  cell.first = static_cast<std::uint32_t>(before);
  cell.count = static_cast<std::uint32_t>(decoded.size() - before);
}

// yaml-cpp 0.7 lets the end of the text close a quote if a line break comes before it.
std::uint32_t Composer::closed(std::uint32_t quote, std::optional<std::uint32_t> end) {
  if (end) return *end;
  diagnostics_.report(span_of(quote, quote + 1), unclosed_quote, source_.substr(quote, 1)).help(kCloseQuote);
  throw Refused{};
}

// The latest cell.
inline void Composer::add_leaf(At at, Anchor anchor) {
  const auto index = static_cast<std::uint32_t>(tree_->cells.size() - 1);
  const Cell& cell = tree_->cells.back();
  count(1, span_of(cell.begin, cell.end));
  if (cell.kind == NodeKind::Scalar) last_scalar_ = index;
  cursor_ = std::max(cursor_, cell.end);
  remember(anchor, {.cell = index, .height = 0, .values = 1, .complete = true});
  link(at, index, 0);
}

// ---- aliases

void Composer::alias(At at, Anchor anchor) {
  const SourceSpan span = span_of(at.offset, name_end(source_, at.offset + 1));
  cursor_ = span.end;
  require_name(span.begin, span.end);
  if (anchor >= anchors_.size() || !anchors_[anchor].complete) {
    diagnostics_.report(span, recursive_alias, source_.substr(span.begin, span.end - span.begin));
    refused_ = true;
    tree_->cells.push_back({.begin = span.begin, .end = span.end});
    return add_leaf(at, 0);
  }
  const Anchored& target = anchors_[anchor];
  if (open_.size() + target.height > kMaxDepth) {
    diagnostics_.report(span, nested_too_deep, kMaxDepth);
    throw Refused{};
  }
  count(target.values, span);
  link(at, target.cell, target.height);
}

inline void Composer::remember(Anchor anchor, const Anchored& anchored) {
  if (anchor == 0) return;
  if (anchors_.size() <= anchor) anchors_.resize(anchor + 1);
  anchors_[anchor] = anchored;
}

inline void Composer::count(std::uint64_t values, SourceSpan where) {
  values_ += values;
  if (values_ <= most_values_) return;
  diagnostics_.report(where, expands_too_far, most_values_);
  throw Refused{};
}

// ---- collections

void Composer::begin_sequence(At at, std::string_view tag, Anchor anchor, Layout layout) {
  begin_collection(at, tag, anchor, layout, NodeKind::Sequence);
}

void Composer::begin_mapping(At at, std::string_view tag, Anchor anchor, Layout layout) {
  begin_collection(at, tag, anchor, layout, NodeKind::Mapping);
}

void Composer::begin_collection(At at, std::string_view tag, Anchor anchor, Layout layout, NodeKind kind) {
  Cell cell;
  cell.kind = kind;
  cell.begin = cell.end = content_at(at, tag, anchor).begin;
  const char first = byte_at(source_, cell.begin);
  const bool bracket = layout == Layout::Flow && (first == '[' || first == '{');
  if (open_.size() >= kMaxDepth) {
    diagnostics_.report(span_of(cell.begin, cell.begin), nested_too_deep, kMaxDepth);
    throw Refused{};
  }
  const std::uint64_t values = values_;
  count(1, span_of(cell.begin, cell.begin));
  require_indentation(at, cell, layout);
  if (!open_.empty() && bracket && tree_->cells[open_.back().cell].begin == cell.begin) {
    open_.back().pair = true;  // the bracket is that of its first key
  }

  const auto index = static_cast<std::uint32_t>(tree_->cells.size());
  tree_->cells.push_back(cell);
  remember(anchor, {.cell = index});
  open_.push_back({.at = at,
                   .cell = index,
                   .kind = kind,
                   .column = column_of(at, cell.begin),
                   .layout = layout,
                   .pair = layout == Layout::Flow && !bracket,
                   .anchor = anchor,
                   .children = pending_.size(),
                   .values = values});
  cursor_ = cell.begin + (bracket ? 1 : 0);
}

// Behind the closing bracket.
static std::uint32_t bracket_end(std::string_view source, std::uint32_t at) {
  const std::uint32_t start = at;
  while (true) {
    at = skip_separation(source, at);
    const char c = byte_at(source, at);
    if (c == ']' || c == '}') return at + 1;
    if (c != ',') return start;
    ++at;
  }
}

void Composer::end_collection() {
  assert(!open_.empty() && "the parser ends what it began");
  const Open open = open_.back();
  const std::span<const std::uint32_t> children =
      std::span<const std::uint32_t>(pending_).subspan(open.children);
  if (open.layout == Layout::Flow && !open.pair) cursor_ = bracket_end(source_, cursor_);

  Cell& cell = tree_->cells[open.cell];
  cell.end = std::max(cell.begin, cursor_);
  cell.first = static_cast<std::uint32_t>(tree_->links.size());
  if (cell.kind == NodeKind::Mapping) {
    cell.count = append_entries(*tree_, children, diagnostics_);
  } else {
    tree_->links.insert(tree_->links.end(), children.begin(), children.end());
    cell.count = static_cast<std::uint32_t>(children.size());
  }

  pending_.resize(open.children);
  open_.pop_back();
  if (cell.kind == NodeKind::Mapping && slot() == Slot::Key && cell.begin > 0 &&
      source_.substr(cell.begin - 1, 2) == "{{") {
    if (!braces_) braces_ = cell.begin - 1;
  }
  remember(open.anchor,
           {.cell = open.cell, .height = open.height, .values = values_ - open.values, .complete = true});
  link(open.at, open.cell, open.height);
}

void Composer::end_sequence() {
  end_collection();
}
void Composer::end_mapping() {
  end_collection();
}

inline void Composer::link(At at, std::uint32_t cell_index, std::uint32_t height) {
  if (open_.empty()) {
    tree_->root = cell_index;
    has_root_ = true;
    return;
  }
  Open& parent = open_.back();
  if (slot() == Slot::Key) parent.key = at.offset;
  parent.height = std::max(parent.height, height + 1);
  pending_.push_back(cell_index);
}

const Cell* Composer::last_scalar() const {
  return last_scalar_ ? &tree_->cells[*last_scalar_] : nullptr;
}

bool Composer::is_empty() const {
  if (!has_root_) return true;
  const Cell& root = tree_->cells[tree_->root];
  return root.kind == NodeKind::Null && root.begin == root.end;
}

std::optional<Document> Composer::finish() {
  if (refused_ || !has_root_ || tree_->cells[tree_->root].kind == NodeKind::Null) return std::nullopt;
  last_scalar_.reset();
  return Document(std::move(tree_));
}

}  // namespace untrack::frontend::yaml
