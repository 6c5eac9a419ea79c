#include "passes/label_index.h"

#include <algorithm>
#include <cassert>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "support/nearest.h"

namespace untrack::passes {

LabelIndex::LabelIndex(const ir::PolicySet& policies, const std::vector<const ir::Labelled*>& objects)
    : count_(static_cast<unsigned>(objects.size())) {
  for (std::uint32_t i = 0; i < count_; ++i) {
    // The first source of a key wins, as in PolicySet::labels_of.
    std::map<std::string_view, std::string_view> labels(objects[i]->labels.begin(), objects[i]->labels.end());
    for (const Symbol name : objects[i]->profiles) {
      const auto profile = policies.profiles.find(name.text());
      if (profile != policies.profiles.end()) {
        labels.insert(profile->second.labels.begin(), profile->second.labels.end());
      }
    }
    for (const auto& [key, value] : labels) by_key_[key][value].push_back(i);
  }
}

llvm::BitVector LabelIndex::with_one_of(std::string_view key, const std::vector<std::string>& values) const {
  llvm::BitVector found(count_);
  const auto by_value = by_key_.find(key);
  if (by_value == by_key_.end()) return found;
  for (const std::string& value : values) {
    const auto objects = by_value->second.find(value);
    if (objects == by_value->second.end()) continue;
    for (const std::uint32_t object : objects->second) found.set(object);
  }
  return found;
}

template <class Test>
llvm::BitVector LabelIndex::with_value(std::string_view key, const Test& test) const {
  llvm::BitVector found(count_);
  const auto by_value = by_key_.find(key);
  if (by_value == by_key_.end()) return found;
  for (const auto& [value, objects] : by_value->second) {
    if (!test(value)) continue;
    for (const std::uint32_t object : objects) found.set(object);
  }
  return found;
}

llvm::BitVector LabelIndex::matching(const ir::SelectorNode& node,
                                     const std::vector<llvm::BitVector>& earlier) const {
  using Op = ir::SelectorNode::Op;
  const auto contains = [&](std::string_view value) { return value.find(node.values[0]) != value.npos; };
  const auto starts = [&](std::string_view value) { return value.starts_with(node.values[0]); };
  const auto ends = [&](std::string_view value) { return value.ends_with(node.values[0]); };
  switch (node.op) {
    case Op::All:
    case Op::Global: return llvm::BitVector(count_, true);
    case Op::Has: return with_value(node.label, [](std::string_view) { return true; });
    case Op::Equal:
    case Op::In: return with_one_of(node.label, node.values);
    // An object without the key differs from every value.
    case Op::NotEqual:
    case Op::NotIn: return with_one_of(node.label, node.values).flip();
    case Op::Contains: return with_value(node.label, contains);
    case Op::StartsWith: return with_value(node.label, starts);
    case Op::EndsWith: return with_value(node.label, ends);
    case Op::Not: {
      llvm::BitVector found = earlier[node.operands[0]];
      return found.flip();
    }
    case Op::And: {
      llvm::BitVector found(count_, true);
      for (const std::uint32_t operand : node.operands) found &= earlier[operand];
      return found;
    }
    case Op::Or: {
      llvm::BitVector found(count_);
      for (const std::uint32_t operand : node.operands) found |= earlier[operand];
      return found;
    }
  }
  assert(false && "a selector has no other operators");
  return llvm::BitVector(count_);
}

llvm::BitVector LabelIndex::matching(const ir::Selector& selector) const {
  std::vector<llvm::BitVector> found;
  found.reserve(selector.nodes().size());
  for (const ir::SelectorNode& node : selector.nodes()) found.push_back(matching(node, found));
  return std::move(found.back());
}

bool LabelIndex::knows_a_label_of(const ir::Selector& selector) const {
  const auto asks = [](const ir::SelectorNode& node) { return !node.label.empty(); };
  if (std::ranges::none_of(selector.nodes(), asks))
    return !by_key_.empty();  // `!all()`: of whatever there is
  return std::ranges::any_of(selector.nodes(),
                             [&](const ir::SelectorNode& node) { return by_key_.contains(node.label); });
}

// More values than these are names of single objects, and nobody mistypes one of them for another.
static constexpr std::size_t kMostValues = 1000;

template <class ByWord>
static std::optional<std::string_view> nearest_of(std::string_view word, const ByWord& known) {
  if (known.contains(word) || known.size() > kMostValues) return std::nullopt;
  std::vector<std::string_view> words;
  for (const auto& [each, objects] : known) words.push_back(each);
  std::ranges::sort(words);
  const auto found = nearest(word, words);
  return found ? std::optional(words[*found]) : std::nullopt;
}

std::string LabelIndex::what_was_meant(const ir::Selector& selector) const {
  for (const ir::SelectorNode& node : selector.nodes()) {
    if (node.label.empty()) continue;
    if (const auto key = nearest_of(node.label, by_key_))
      return fmt::format("did you mean the label `{}`?", *key);
    const bool whole_values = node.op == ir::SelectorNode::Op::Equal || node.op == ir::SelectorNode::Op::In;
    const auto by_value = by_key_.find(node.label);
    if (!whole_values || by_value == by_key_.end()) continue;
    for (const std::string& value : node.values) {
      if (const auto meant = nearest_of(value, by_value->second))
        return fmt::format("did you mean `{}`, a value that the label `{}` has?", *meant, node.label);
    }
  }
  return {};
}

}  // namespace untrack::passes
