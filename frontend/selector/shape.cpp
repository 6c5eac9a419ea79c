#include "frontend/selector/shape.h"

#include <algorithm>
#include <array>

#include "frontend/selector/parse.h"
#include "frontend/selector/token.h"

namespace untrack::frontend {

using ir::SelectorNode;

// Words that decide what a text is (grammar/Selector.g4). As labels they are left as they are too.
static constexpr std::array<std::string_view, 9> kWords{
    "contains", "starts", "startswith", "ends", "endswith", "with", "in", "not", "notin"};
static constexpr std::array<std::string_view, 3> kFunctions{"has", "all", "global"};  // with a parenthesis

static bool decides(std::string_view word, bool before_parenthesis) {
  return std::ranges::find(kWords, word) != kWords.end() ||
         (before_parenthesis && std::ranges::find(kFunctions, word) != kFunctions.end());
}

std::optional<Shape> shape_of(std::string_view text) {
  Shape shape;
  shape.text.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    if (const std::size_t blanks = blanks_at(text, at)) {
      shape.text += ' ';
      at += blanks;
    } else if (const std::size_t length = label_bytes_at(text, at)) {
      if (length > kMaxLabelBytes) return std::nullopt;
      const std::string_view word = shape.words.emplace_back(text.substr(at, length));
      at += length;
      shape.text += decides(word, text.substr(at).starts_with('(')) ? word : "x";
    } else if (text[at] == '\'' || text[at] == '"') {
      const std::size_t end = text.find(text[at], at + 1);
      if (end == std::string_view::npos) return std::nullopt;
      shape.values.push_back(text.substr(at + 1, end - at - 1));
      shape.text += "''";
      at = end + 1;
    } else {
      shape.text += text[at++];
    }
  }
  return shape;
}

static SelectorNode filled(const Pattern::Node& node, const Shape& shape) {
  SelectorNode made{.op = node.op, .operands = node.operands};
  switch (node.op) {
    case SelectorNode::Op::All:
    case SelectorNode::Op::Global:
    case SelectorNode::Op::Not:
    case SelectorNode::Op::And:
    case SelectorNode::Op::Or: return made;
    case SelectorNode::Op::Has:
    case SelectorNode::Op::Equal:
    case SelectorNode::Op::NotEqual:
    case SelectorNode::Op::In:
    case SelectorNode::Op::NotIn:
    case SelectorNode::Op::Contains:
    case SelectorNode::Op::StartsWith:
    case SelectorNode::Op::EndsWith: break;
  }
  made.label = shape.words[node.word];
  made.values.reserve(node.values.size());
  for (const std::uint32_t value : node.values) made.values.emplace_back(shape.values[value]);
  std::ranges::sort(made.values);
  made.values.erase(std::unique(made.values.begin(), made.values.end()), made.values.end());
  return made;
}

ir::Selector filled(const Pattern& pattern, const Shape& shape) {
  std::vector<SelectorNode> nodes;
  nodes.reserve(pattern.nodes.size());
  for (const Pattern::Node& node : pattern.nodes) nodes.push_back(filled(node, shape));
  return ir::Selector(std::move(nodes));
}

}  // namespace untrack::frontend
