// Effective selectors: what Calico makes of the selector fields of a policy or a rule before it parses them.
// Calico joins texts, so a join can fail where each part is fine: a blank selector becomes `( )`, a prefix
// carries a label over its limit (docs/semantics.md, "Effective selectors").
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "frontend/selector/parse.h"
#include "ir/selector.h"

namespace untrack::frontend {

// The fields of one side (source or destination) of a rule as written; an absent field is empty.
struct RuleSelectorText {
  std::string_view policy_namespace;  // empty in global policies and in profiles
  std::string_view namespace_selector;
  std::string_view selector;
  std::string_view not_selector;
  std::vector<std::string> service_account_names;
  std::string_view service_account_selector;
};

// No `positive` is no match criterion at all: any address, known to Calico or not. `negative` stands only
// beside an absent `positive`; otherwise it is folded into that.
struct RuleSelectors {
  std::optional<ir::Selector> positive;
  std::optional<ir::Selector> negative;
};

// The door checks each field with parse_selector first, since a field that fails there is reported with its
// own place. What fails here then is the join: `offset` counts in the joined text, which `hint` quotes.
std::variant<ir::Selector, SelectorError> effective_global_policy_selector(
    std::string_view selector, std::string_view namespace_selector,
    std::string_view service_account_selector);

std::variant<ir::Selector, SelectorError> effective_policy_selector(
    std::string_view policy_namespace, std::string_view selector, std::string_view service_account_selector);

std::variant<RuleSelectors, SelectorError> effective_rule_selectors(const RuleSelectorText& text);

}  // namespace untrack::frontend
