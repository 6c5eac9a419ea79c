#include "ir/selector.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "support/digest.h"

namespace untrack::ir {

using Op = SelectorNode::Op;

static std::string_view spelling(Op op) {
  switch (op) {
    case Op::All: return "all()";
    case Op::Global: return "global()";
    case Op::Has: return "has";
    case Op::Equal: return " == ";
    case Op::NotEqual: return " != ";
    case Op::In: return " in ";
    case Op::NotIn: return " not in ";
    case Op::Contains: return " contains ";
    case Op::StartsWith: return " starts with ";
    case Op::EndsWith: return " ends with ";
    case Op::Not: return "!";
    case Op::And: return " && ";
    case Op::Or: return " || ";
  }
  return {};
}

// No value holds both quotes: the language cannot write one.
static std::string quoted(std::string_view value) {
  const char quote = value.find('"') == std::string_view::npos ? '"' : '\'';
  std::string text(1, quote);
  text += value;
  return text += quote;
}

template <class Range, class ToText>
static std::string joined(const Range& range, std::string_view separator, ToText to_text) {
  std::string text;
  for (const auto& element : range) {
    if (!text.empty()) text += separator;
    text += to_text(element);
  }
  return text;
}

// `texts` holds those of the earlier nodes.
static std::string canonical_text(const SelectorNode& node, const std::vector<std::string>& texts) {
  switch (node.op) {
    case Op::All:
    case Op::Global: return std::string(spelling(node.op));
    case Op::Has: return "has(" + node.label + ")";
    case Op::Equal:
    case Op::NotEqual:
    case Op::Contains:
    case Op::StartsWith:
    case Op::EndsWith: return node.label + std::string(spelling(node.op)) + quoted(node.values.front());
    case Op::In:
    case Op::NotIn:
      return node.label + std::string(spelling(node.op)) + "{" + joined(node.values, ", ", quoted) + "}";
    case Op::Not: return "!" + texts[node.operands.front()];
    case Op::And:
    case Op::Or:
      return "(" +
             joined(node.operands, spelling(node.op),
                    [&](std::uint32_t i) -> const std::string& { return texts[i]; }) +
             ")";
  }
  return {};
}

// `earlier` holds the results of the earlier nodes. A missing label satisfies exactly the two negated
// comparisons.
static bool holds(const SelectorNode& node, const LabelLookup& labels, const std::vector<bool>& earlier) {
  const auto operand_holds = [&](std::uint32_t i) -> bool { return earlier[i]; };
  const auto value = node.label.empty() ? std::nullopt : labels(node.label);
  switch (node.op) {
    case Op::All:
    case Op::Global: return true;
    case Op::Has: return value.has_value();
    case Op::Equal: return value && *value == node.values.front();
    case Op::NotEqual: return !value || *value != node.values.front();
    case Op::In: return value && std::ranges::binary_search(node.values, *value);
    case Op::NotIn: return !value || !std::ranges::binary_search(node.values, *value);
    case Op::Contains: return value && value->find(node.values.front()) != std::string_view::npos;
    case Op::StartsWith: return value && value->starts_with(node.values.front());
    case Op::EndsWith: return value && value->ends_with(node.values.front());
    case Op::Not: return !operand_holds(node.operands.front());
    case Op::And: return std::ranges::all_of(node.operands, operand_holds);
    case Op::Or: return std::ranges::any_of(node.operands, operand_holds);
  }
  return false;
}

[[maybe_unused]] static bool well_formed(const std::vector<SelectorNode>& nodes, std::uint32_t index) {
  const SelectorNode& node = nodes[index];
  if (!std::ranges::all_of(node.operands, [&](std::uint32_t i) { return i < index; })) return false;
  switch (node.op) {
    case Op::All:
    case Op::Global: return node.label.empty() && node.values.empty() && node.operands.empty();
    case Op::Has: return !node.label.empty() && node.values.empty() && node.operands.empty();
    case Op::Equal:
    case Op::NotEqual:
    case Op::Contains:
    case Op::StartsWith:
    case Op::EndsWith: return !node.label.empty() && node.values.size() == 1 && node.operands.empty();
    case Op::In:
    case Op::NotIn:
      return !node.label.empty() && node.operands.empty() &&
             std::ranges::adjacent_find(node.values, std::greater_equal{}) == node.values.end();
    case Op::Not: return node.operands.size() == 1;
    case Op::And:
    case Op::Or: return node.operands.size() >= 2;
  }
  return false;
}

Selector::Selector(std::vector<SelectorNode> nodes) : nodes_(std::move(nodes)) {
  assert(!nodes_.empty() && "a selector has a root");
  std::vector<std::string> texts;
  texts.reserve(nodes_.size());
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    assert(well_formed(nodes_, i) && "operands come first and every operator has what it needs");
    texts.push_back(canonical_text(nodes_[i], texts));
  }
  canonical_ = std::move(texts.back());
}

std::string Selector::unique_id() const {
  return untrack::unique_id("s", canonical_);
}

bool Selector::matches(const LabelLookup& labels) const {
  std::vector<bool> results;
  results.reserve(nodes_.size());
  for (const SelectorNode& node : nodes_) results.push_back(holds(node, labels, results));
  return results.back();
}

}  // namespace untrack::ir
