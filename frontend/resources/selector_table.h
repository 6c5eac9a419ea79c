// Selector texts, each parsed once. Ids are of this table, and several may be of equal selectors; whoever
// joins tables gives ids anew.
#pragma once
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <llvm/ADT/StringMap.h>

#include "frontend/selector/effective.h"
#include "ir/selector.h"

namespace untrack::frontend::resources {

class SelectorTable {
 public:
  using Parsed = std::variant<ir::SelectorId, SelectorError>;
  struct Sides {
    std::optional<ir::SelectorId> positive, negative;
  };
  using ParsedRule = std::variant<Sides, SelectorError>;

  // References stay valid as long as the table.
  const Parsed& parsed(std::string_view text);
  const Parsed& of_global_policy(std::string_view selector, std::string_view namespace_selector,
                                 std::string_view service_account_selector);
  const Parsed& of_policy(std::string_view policy_namespace, std::string_view selector,
                          std::string_view service_account_selector);
  ParsedRule of_rule(const RuleSelectorText& text);

  // In the end, each once.
  ir::Selector take(ir::SelectorId id) { return std::move(selectors_[id.index]); }
  std::size_t size() const { return selectors_.size(); }

 private:
  ir::SelectorId add(ir::Selector selector);
  Parsed added(std::variant<ir::Selector, SelectorError> outcome);
  ParsedRule added(std::variant<RuleSelectors, SelectorError> outcome);

  std::deque<ir::Selector> selectors_;        // by id
  llvm::StringMap<Parsed> plain_, policies_;  // a value stays where it is
  llvm::StringMap<ParsedRule> rules_;
};

}  // namespace untrack::frontend::resources
