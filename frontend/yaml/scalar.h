// From the written form of a scalar to its text, piece by piece, so that each byte of the text knows the
// bytes of the source that it came from (YAML 1.2.2 chapters 6.5, 7.3 and 8.1; line breaks are LF or CRLF).
//
// The parser has already accepted what is read here. Should the two ever disagree, the functions still end
// and stay within the source.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include <llvm/ADT/STLFunctionalExtras.h>

namespace untrack::frontend::yaml {

enum class Form : std::uint8_t {
  Verbatim,  // the text is a stretch of the source
  Plain,     // over several lines
  Quoted,    // with escapes or over several lines
  Block,     // literal or folded
};

// Some text and where it is written. Either byte for byte, or as a whole: an escape, a fold, a line break.
struct Piece {
  std::string_view text;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  bool byte_for_byte = false;
};
using PieceSink = llvm::function_ref<void(const Piece&)>;

// Where the scalar ends: behind the closing quote (nothing if there is none up to the end of the source), or
// the last content of a block (the line breaks that follow it are part of the text and not of the node).
void read_plain(std::string_view source, std::uint32_t begin, std::uint32_t end, PieceSink sink);
std::optional<std::uint32_t> read_quoted(std::string_view source, std::uint32_t begin, PieceSink sink);
std::uint32_t read_block(std::string_view source, std::uint32_t begin, std::uint32_t indent, PieceSink sink);

// Spaces before each line of the block scalar that begins here; `parent_column` is that of the innermost
// block collection around it, -1 where there is none.
std::uint32_t block_indent(std::string_view source, std::uint32_t begin, int parent_column);

// Where the plain scalar with this text ends. Folding changed nothing but blanks and line breaks.
std::uint32_t plain_end(std::string_view source, std::uint32_t begin, std::string_view text);

}  // namespace untrack::frontend::yaml
