// Which of many objects a selector matches, found from the labels instead of object by object: the cost is
// that of the selector's own size times one bit an object.
#pragma once
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <llvm/ADT/BitVector.h>

#include "ir/policy.h"

namespace untrack::passes {

class LabelIndex {
 public:
  // Keeps references into the policy set. Objects are known by their place in `objects`.
  LabelIndex(const ir::PolicySet& policies, const std::vector<const ir::Labelled*>& objects);

  // Object i is in the result exactly if selector.matches(policies.labels_of(*objects[i])).
  llvm::BitVector matching(const ir::Selector& selector) const;

  // Whether some object has some label that the selector asks about; any label where it asks about none.
  bool knows_a_label_of(const ir::Selector& selector) const;

  // For a selector that matches nothing: a key or a value in it that no object has, and one that some have
  // and that is spelt much like it, as a question. Empty: there is none.
  std::string what_was_meant(const ir::Selector& selector) const;

 private:
  using Objects = std::vector<std::uint32_t>;  // ascending

  llvm::BitVector matching(const ir::SelectorNode& node, const std::vector<llvm::BitVector>& earlier) const;
  // Objects that have the key with one of the values; with a value that passes the test.
  llvm::BitVector with_one_of(std::string_view key, const std::vector<std::string>& values) const;
  template <class Test>
  llvm::BitVector with_value(std::string_view key, const Test& test) const;

  unsigned count_;
  std::unordered_map<std::string_view, std::unordered_map<std::string_view, Objects>> by_key_;
};

}  // namespace untrack::passes
