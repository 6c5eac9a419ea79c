// A selector with its names and values taken out. `role == 'db'` and `env == "prod"` have one shape, and to
// the grammar they are one text: ten thousand policies select by a handful of shapes, and only those cost a
// parse.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/selector.h"

namespace untrack::frontend {

struct Shape {
  std::string text;  // with `x` for each name, `''` for each value and one blank for several
  // In the order of the text. Words are maximal runs of label bytes, so those that the grammar knows are
  // among them.
  std::vector<std::string_view> words;
  std::vector<std::string_view> values;  // without their quotes
};

// Views of `text`. Nothing where the shape would not tell all: a quote that is not closed, a name that is too
// long.
std::optional<Shape> shape_of(std::string_view text);

// What the grammar makes of a shape: an expression whose names and values are places in those of the shape.
struct Pattern {
  struct Node {
    ir::SelectorNode::Op op = ir::SelectorNode::Op::All;
    std::uint32_t word = 0;             // Has .. EndsWith
    std::vector<std::uint32_t> values;  // Equal .. EndsWith
    std::vector<std::uint32_t> operands;
  };
  std::vector<Node> nodes;  // in the order of an ir::Selector
};

ir::Selector filled(const Pattern& pattern, const Shape& shape);

}  // namespace untrack::frontend
