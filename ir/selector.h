// A selector: Calico's boolean language over labels (docs/semantics.md, "Selectors"). An immutable expression
// in evaluation order (operands before operators, the root last), so nothing here recurses.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/id.h"

namespace untrack::ir {

struct SelectorNode {
  enum class Op : std::uint8_t {
    All,      // all(); also what an empty selector means
    Global,   // global(): true wherever it is evaluated
    Has, Equal, NotEqual, In, NotIn, Contains, StartsWith, EndsWith,  // on `label`
    Not,      // one operand
    And, Or,  // two operands or more
  };
  Op op = Op::All;
  std::string label;                    // Has .. EndsWith
  std::vector<std::string> values;      // Equal .. EndsWith: exactly one; In, NotIn: sorted by byte, distinct
  std::vector<std::uint32_t> operands;  // Not, And, Or: indices of earlier nodes, in source order
  friend bool operator==(const SelectorNode&, const SelectorNode&) = default;
};

// The value of a label, or nothing where the object and its profiles lack the key.
using LabelLookup = std::function<std::optional<std::string_view>(std::string_view key)>;

class Selector {
 public:
  // Nodes as above, at least one; the last one is the root.
  explicit Selector(std::vector<SelectorNode> nodes);
  static Selector all() { return Selector({SelectorNode{}}); }

  const std::vector<SelectorNode>& nodes() const { return nodes_; }
  // Calico's canonical text, to the byte: Calico hashes it. Parsing it again need not give the same text
  // (`!(!has(a))` prints as `!!has(a)`, which parses to `has(a)`).
  const std::string& canonical() const { return canonical_; }
  std::string unique_id() const;  // `s:` and 38 characters
  bool matches(const LabelLookup& labels) const;

  friend bool operator==(const Selector& a, const Selector& b) { return a.canonical_ == b.canonical_; }

 private:
  std::vector<SelectorNode> nodes_;
  std::string canonical_;
};

using SelectorId = Id<struct SelectorTag>;

}  // namespace untrack::ir

template <>
struct std::hash<untrack::ir::Selector> {
  std::size_t operator()(const untrack::ir::Selector& s) const noexcept {
    return std::hash<std::string>{}(s.canonical());
  }
};
