// How a Document is stored: one arena of nodes, one of links between them, one of decoded text. Others see
// Node (frontend/yaml/document.h), whose questions are answered from here without a call.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/yaml/scalar.h"
#include "support/source.h"

namespace untrack::frontend::yaml {

enum class NodeKind : std::uint8_t { Null, Scalar, Sequence, Mapping };
enum class ScalarStyle : std::uint8_t { Plain, Quoted, Block };  // Quoted: single or double

struct Cell {
  std::uint32_t begin = 0;  // the node's own bytes in the source
  std::uint32_t end = 0;
  std::uint32_t first = 0;   // scalar: where its text begins, see `form`; collection: its first link
  std::uint32_t count = 0;   // scalar: bytes of text; collection: items or entries
  std::uint32_t indent = 0;  // block scalar: spaces before each line of its content
  NodeKind kind = NodeKind::Null;
  ScalarStyle style = ScalarStyle::Plain;  // how the text is to be understood: tags have their say
  Form form = Form::Verbatim;              // how it is written
};
static_assert(sizeof(Cell) <= 32, "a cluster dump has millions of nodes");

struct Tree {
  std::string_view source;  // the whole buffer; spans count from its first byte
  BufferId buffer;
  std::vector<Cell> cells;
  std::vector<std::uint32_t> links;  // cell indices; a mapping has two for each entry: key, value
  std::string decoded;               // texts that differ from their source
  std::uint32_t root = 0;

  std::string_view text(const Cell& cell) const {
    const std::string_view home = cell.form == Form::Verbatim ? source : std::string_view(decoded);
    return home.substr(cell.first, cell.count);
  }
};

}  // namespace untrack::frontend::yaml
