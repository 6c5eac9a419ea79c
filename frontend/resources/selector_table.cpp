#include "frontend/resources/selector_table.h"

#include <initializer_list>
#include <utility>

namespace untrack::frontend::resources {

// Selectors may hold any byte but hardly 0; a clash would need one, and a 0 is no byte of any valid selector.
static std::string key_of(std::initializer_list<std::string_view> fields) {
  std::string key;
  for (const std::string_view field : fields) {
    key += field;
    key += '\0';
  }
  return key;
}

SelectorTable::Parsed SelectorTable::interned(std::variant<ir::Selector, SelectorError> outcome) {
  if (auto* error = std::get_if<SelectorError>(&outcome)) return std::move(*error);
  return selectors_.intern(std::get<ir::Selector>(std::move(outcome)));
}

const SelectorTable::Parsed& SelectorTable::parsed(std::string_view text) {
  if (const auto found = plain_.find(text); found != plain_.end()) return found->second;
  return plain_.emplace(text, interned(parse_selector(text))).first->second;
}

const SelectorTable::Parsed& SelectorTable::of_global_policy(std::string_view selector,
                                                             std::string_view namespace_selector,
                                                             std::string_view service_account_selector) {
  // Alone it stays as it is (docs/semantics.md, "Effective selectors").
  if (namespace_selector.empty() && service_account_selector.empty()) return parsed(selector);
  std::string key = key_of({selector, namespace_selector, service_account_selector});
  if (const auto found = policies_.find(key); found != policies_.end()) return found->second;
  auto outcome = effective_global_policy_selector(selector, namespace_selector, service_account_selector);
  return policies_.emplace(std::move(key), interned(std::move(outcome))).first->second;
}

const SelectorTable::Parsed& SelectorTable::of_policy(std::string_view policy_namespace,
                                                      std::string_view selector,
                                                      std::string_view service_account_selector) {
  // One field more than a global policy, so the two never share a key.
  std::string key = key_of({policy_namespace, selector, service_account_selector, "namespaced"});
  if (const auto found = policies_.find(key); found != policies_.end()) return found->second;
  auto outcome = effective_policy_selector(policy_namespace, selector, service_account_selector);
  return policies_.emplace(std::move(key), interned(std::move(outcome))).first->second;
}

static SelectorTable::ParsedRule as_positive(const SelectorTable::Parsed& parsed) {
  if (const auto* error = std::get_if<SelectorError>(&parsed)) return *error;
  return SelectorTable::Sides{std::get<ir::SelectorId>(parsed), std::nullopt};
}

const SelectorTable::ParsedRule& SelectorTable::of_rule(const RuleSelectorText& text) {
  std::string key = key_of({text.policy_namespace, text.namespace_selector, text.selector, text.not_selector,
                            text.service_account_selector});
  for (const std::string& name : text.service_account_names) key += name + '\0';
  if (const auto found = rules_.find(key); found != rules_.end()) return found->second;

  // Alone it stays as it is, as in a global policy.
  const bool lone = text.policy_namespace.empty() && text.namespace_selector.empty() &&
                    text.not_selector.empty() && text.service_account_names.empty() &&
                    text.service_account_selector.empty();
  if (lone) return rules_.emplace(std::move(key), as_positive(parsed(text.selector))).first->second;

  auto outcome = effective_rule_selectors(text);
  ParsedRule parsed_rule;
  if (auto* error = std::get_if<SelectorError>(&outcome)) {
    parsed_rule = std::move(*error);
  } else {
    auto& selectors = std::get<RuleSelectors>(outcome);
    Sides sides;
    if (selectors.positive) sides.positive = selectors_.intern(*std::move(selectors.positive));
    if (selectors.negative) sides.negative = selectors_.intern(*std::move(selectors.negative));
    parsed_rule = sides;
  }
  return rules_.emplace(std::move(key), std::move(parsed_rule)).first->second;
}

}  // namespace untrack::frontend::resources
