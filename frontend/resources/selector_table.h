// Selector texts, each parsed once. Ids are of this table; whoever joins several tables renumbers them.
#pragma once
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "frontend/selector/effective.h"
#include "ir/selector.h"
#include "support/interner.h"

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
  const ParsedRule& of_rule(const RuleSelectorText& text);

  const ir::Selector& operator[](ir::SelectorId id) const { return selectors_[id]; }

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  template <class Outcome>
  using ByText = std::unordered_map<std::string, Outcome, TextHash, std::equal_to<>>;

  Parsed interned(std::variant<ir::Selector, SelectorError> outcome);

  Interner<ir::Selector, ir::SelectorId> selectors_;
  ByText<Parsed> plain_, policies_;
  ByText<ParsedRule> rules_;
};

}  // namespace untrack::frontend::resources
