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

ir::SelectorId SelectorTable::add(ir::Selector selector) {
  selectors_.push_back(std::move(selector));
  return {static_cast<std::uint32_t>(selectors_.size() - 1)};
}

SelectorTable::Parsed SelectorTable::added(std::variant<ir::Selector, SelectorError> outcome) {
  if (auto* error = std::get_if<SelectorError>(&outcome)) return std::move(*error);
  return add(std::get<ir::Selector>(std::move(outcome)));
}

SelectorTable::ParsedRule SelectorTable::added(std::variant<RuleSelectors, SelectorError> outcome) {
  if (auto* error = std::get_if<SelectorError>(&outcome)) return std::move(*error);
  auto& selectors = std::get<RuleSelectors>(outcome);
  Sides sides;
  if (selectors.positive) sides.positive = add(*std::move(selectors.positive));
  if (selectors.negative) sides.negative = add(*std::move(selectors.negative));
  return sides;
}

const SelectorTable::Parsed& SelectorTable::parsed(std::string_view text) {
  const auto [entry, is_new] = plain_.try_emplace(text);
  if (is_new) entry->second = added(parse_selector(text));
  return entry->second;
}

const SelectorTable::Parsed& SelectorTable::of_global_policy(std::string_view selector,
                                                             std::string_view namespace_selector,
                                                             std::string_view service_account_selector) {
  // Alone it stays as it is (docs/semantics.md, "Effective selectors").
  if (namespace_selector.empty() && service_account_selector.empty()) return parsed(selector);
  const auto [entry, is_new] =
      policies_.try_emplace(key_of({selector, namespace_selector, service_account_selector}));
  if (is_new) {
    entry->second =
        added(effective_global_policy_selector(selector, namespace_selector, service_account_selector));
  }
  return entry->second;
}

const SelectorTable::Parsed& SelectorTable::of_policy(std::string_view policy_namespace,
                                                      std::string_view selector,
                                                      std::string_view service_account_selector) {
  // One field more than a global policy, so the two never share a key.
  const auto [entry, is_new] =
      policies_.try_emplace(key_of({policy_namespace, selector, service_account_selector, "namespaced"}));
  if (is_new) {
    entry->second = added(effective_policy_selector(policy_namespace, selector, service_account_selector));
  }
  return entry->second;
}

static SelectorTable::ParsedRule as_positive(const SelectorTable::Parsed& parsed) {
  if (const auto* error = std::get_if<SelectorError>(&parsed)) return *error;
  return SelectorTable::Sides{std::get<ir::SelectorId>(parsed), std::nullopt};
}

SelectorTable::ParsedRule SelectorTable::of_rule(const RuleSelectorText& text) {
  // Alone it stays as it is, as in a global policy.
  const bool lone = text.policy_namespace.empty() && text.namespace_selector.empty() &&
                    text.not_selector.empty() && text.service_account_names.empty() &&
                    text.service_account_selector.empty();
  if (lone) return as_positive(parsed(text.selector));

  std::string key = key_of({text.policy_namespace, text.namespace_selector, text.selector, text.not_selector,
                            text.service_account_selector});
  for (const std::string& name : text.service_account_names) key += name + '\0';
  const auto [entry, is_new] = rules_.try_emplace(key);
  if (is_new) entry->second = added(effective_rule_selectors(text));
  return entry->second;
}

}  // namespace untrack::frontend::resources
