#include "frontend/yaml/document.h"

namespace untrack::frontend::yaml {

std::optional<Node> Node::find(std::string_view wanted) const {
  if (!is_mapping()) return std::nullopt;
  for (std::size_t i = 0; i < size(); ++i) {
    if (key(i).text() == wanted) return value(i);
  }
  return std::nullopt;
}

// ---- places inside of scalars

// The pieces of the scalar's text from its first byte on.
static void for_each_piece(std::string_view source, const Cell& cell, PieceSink sink) {
  switch (cell.form) {
    case Form::Verbatim:
      sink({source.substr(cell.first, cell.count), cell.first, cell.first + cell.count, true});
      return;
    case Form::Plain: read_plain(source, cell.begin, cell.end, sink); return;
    case Form::Quoted: read_quoted(source, cell.begin, sink); return;
    case Form::Block: read_block(source, cell.begin, cell.indent, sink); return;
  }
}

SourceSpan Node::span(std::size_t begin, std::size_t end) const {
  const Cell& here = cell();
  assert(is_scalar() && begin <= end && end <= here.count && "no such text");
  std::optional<std::uint32_t> from, to;
  std::uint32_t behind = here.form == Form::Verbatim ? here.first : here.end;  // all pieces so far
  std::size_t before = 0;  // bytes of text in earlier pieces
  for_each_piece(tree_->source, here, [&](const Piece& piece) {
    const std::size_t after = before + piece.text.size();
    const auto place = [&](std::size_t offset) {
      return static_cast<std::uint32_t>(piece.begin + offset - before);
    };
    if (!from && begin < after) from = piece.byte_for_byte ? place(begin) : piece.begin;
    if (!to && end <= after) to = piece.byte_for_byte ? place(end) : piece.end;
    behind = piece.end;
    before = after;
  });
  const std::uint32_t first = from.value_or(behind);
  return {tree_->buffer, first, begin == end ? first : to.value_or(behind)};
}

}  // namespace untrack::frontend::yaml
