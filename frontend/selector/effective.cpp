#include "frontend/selector/effective.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace untrack::frontend {

// Calico keeps the labels of an endpoint's namespace and service account among the endpoint's own, each under
// a prefix (libcalico-go/lib/backend/k8s/conversion/constants.go).
static constexpr std::string_view kNamespacePrefix = "pcns.";
static constexpr std::string_view kServiceAccountPrefix = "pcsa.";
// Every endpoint in a namespace has them (api/pkg/apis/projectcalico/v3/constants.go).
static constexpr std::string_view kNamespaceLabel = "projectcalico.org/namespace";
static constexpr std::string_view kServiceAccountLabel = "projectcalico.org/serviceaccount";

// Text or what is wrong with the field that it was to be made of.
using TextOrError = std::variant<std::string, SelectorError>;

// Blind: inside quotes too, as in Calico.
static std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string result;
  for (;;) {
    const std::size_t at = text.find(from);
    result += text.substr(0, at);
    if (at == std::string_view::npos) return result;
    result += to;
    text.remove_prefix(at + from.size());
  }
}

// The canonical text of a field with `prefix` put before each label, those in has() included. Absent stays
// absent.
static TextOrError prefixed(std::string_view prefix, std::string_view field) {
  if (field.empty()) return std::string();
  auto parsed = parse_selector(field);
  if (auto* error = std::get_if<SelectorError>(&parsed)) return std::move(*error);
  std::vector<ir::SelectorNode> nodes = std::get<ir::Selector>(parsed).nodes();
  for (ir::SelectorNode& node : nodes) {
    if (!node.label.empty()) node.label.insert(0, prefix);
  }
  return ir::Selector(std::move(nodes)).canonical();
}

// A text that is still the field as written keeps its own hint.
static std::variant<ir::Selector, SelectorError> parse_joined(std::string_view text, std::string_view field) {
  auto parsed = parse_selector(text);
  auto* error = std::get_if<SelectorError>(&parsed);
  if (error == nullptr || text == field) return parsed;
  // To quote more than a few lines helps nobody.
  error->hint = text.size() <= 200 ? fmt::format("Calico joins the selectors to `{}` and parses that", text)
                                   : "Calico joins the selectors, prefixes their labels and parses the whole";
  return parsed;
}

// `(left) && right`, or one of them where the other is absent.
static std::string narrowed(std::string left, std::string_view right) {
  if (right.empty()) return left;
  if (left.empty()) return std::string(right);
  return fmt::format("({}) && {}", left, right);
}

// `(left) && (right)`, or one of them where the other is absent.
static std::string both(std::string_view left, std::string_view right) {
  if (left.empty() || right.empty()) return std::string(left.empty() ? right : left);
  return fmt::format("({}) && ({})", left, right);
}

static std::string in_namespace(std::string_view name) {
  return fmt::format("{} == '{}'", kNamespaceLabel, name);
}

static std::string has(std::string_view label) {
  return fmt::format("has({})", label);
}

// Calico libcalico-go/lib/backend/syncersv1/updateprocessors/globalnetworkpolicyprocessor.go.
std::variant<ir::Selector, SelectorError> effective_global_policy_selector(
    std::string_view selector, std::string_view namespace_selector,
    std::string_view service_account_selector) {
  struct Part {
    std::string_view field, prefix, label;
  };
  const std::array parts{Part{namespace_selector, kNamespacePrefix, kNamespaceLabel},
                         Part{service_account_selector, kServiceAccountPrefix, kServiceAccountLabel}};
  std::string joined(selector);
  for (const Part& part : parts) {
    if (part.field.empty()) continue;
    auto term = prefixed(part.prefix, part.field);
    if (auto* error = std::get_if<SelectorError>(&term)) return std::move(*error);
    joined = replaced(narrowed(std::move(joined), std::get<std::string>(term)), "all()", has(part.label));
  }
  return parse_joined(joined, selector);
}

// Calico libcalico-go/lib/backend/syncersv1/updateprocessors/networkpolicyprocessor.go.
std::variant<ir::Selector, SelectorError> effective_policy_selector(
    std::string_view policy_namespace, std::string_view selector, std::string_view service_account_selector) {
  auto service_account = prefixed(kServiceAccountPrefix, service_account_selector);
  if (auto* error = std::get_if<SelectorError>(&service_account)) return std::move(*error);
  return parse_joined(narrowed(narrowed(std::string(selector), in_namespace(policy_namespace)),
                               std::get<std::string>(service_account)),
                      selector);
}

// By label of the service account, by name, or both.
static TextOrError service_account_term(const RuleSelectorText& text) {
  auto by_label = prefixed(kServiceAccountPrefix, text.service_account_selector);
  if (std::holds_alternative<SelectorError>(by_label) || text.service_account_names.empty()) return by_label;
  const auto by_name = parse_joined(
      fmt::format("{} in {{ '{}' }}", kServiceAccountLabel, fmt::join(text.service_account_names, "', '")),
      "");
  if (const auto* error = std::get_if<SelectorError>(&by_name)) return *error;
  return both(std::get<std::string>(by_label), std::get<ir::Selector>(by_name).canonical());
}

static TextOrError namespace_term(const RuleSelectorText& text) {
  if (text.namespace_selector.empty()) {
    return text.policy_namespace.empty() ? std::string() : in_namespace(text.policy_namespace);
  }
  auto term = prefixed(kNamespacePrefix, text.namespace_selector);
  if (auto* canonical = std::get_if<std::string>(&term)) {
    *canonical = replaced(*canonical, "all()", has(kNamespaceLabel));
    *canonical = replaced(*canonical, "global()", "!" + has(kNamespaceLabel));
  }
  return term;
}

// Calico libcalico-go/lib/backend/syncersv1/updateprocessors/rules.go (getEndpointSelector), and
// felix/calc/rule_scanner.go (extractSelectors) for the negation.
std::variant<RuleSelectors, SelectorError> effective_rule_selectors(const RuleSelectorText& text) {
  auto service_account = service_account_term(text);
  if (auto* error = std::get_if<SelectorError>(&service_account)) return std::move(*error);
  auto in_namespaces = namespace_term(text);
  if (auto* error = std::get_if<SelectorError>(&in_namespaces)) return std::move(*error);

  std::string positive = both(std::get<std::string>(service_account), text.selector);
  // A rule of a namespaced policy that selects nothing by label is not limited to the namespace.
  if (!positive.empty() || !text.not_selector.empty() || !text.namespace_selector.empty()) {
    positive = both(std::get<std::string>(in_namespaces), positive);
  }
  const bool folded = !positive.empty() && !text.not_selector.empty();
  if (folded) positive = fmt::format("({}) && (!({}))", positive, text.not_selector);

  RuleSelectors selectors;
  if (!positive.empty()) {
    auto parsed = parse_joined(positive, text.selector);
    if (auto* error = std::get_if<SelectorError>(&parsed)) return std::move(*error);
    selectors.positive = std::get<ir::Selector>(std::move(parsed));
  }
  if (!folded && !text.not_selector.empty()) {
    auto parsed = parse_selector(text.not_selector);
    if (auto* error = std::get_if<SelectorError>(&parsed)) return std::move(*error);
    selectors.negative = std::get<ir::Selector>(std::move(parsed));
  }
  return selectors;
}

}  // namespace untrack::frontend
