#include "frontend/resources/entity_rule.h"

#include "frontend/resources/field_diagnostics.h"
#include "frontend/resources/lists.h"
#include "frontend/resources/match_diagnostics.h"
#include "frontend/resources/metadata.h"
#include "frontend/resources/names.h"
#include "frontend/resources/nets.h"
#include "frontend/resources/ports.h"
#include "frontend/resources/rule_diagnostics.h"
#include "frontend/resources/selectors.h"

namespace untrack::frontend::resources {

// MaxItems (Calico api/pkg/apis/projectcalico/v3/policy_common.go).
static constexpr std::size_t kMaxNets = 256, kMaxPorts = 50;

// ---- serviceAccounts

static std::optional<std::string> service_account_name(Context& context, const Entry& entry) {
  const auto written = text(context, entry);
  if (!written) return std::nullopt;
  if (is_dns_subdomain(written->text)) return written->str();
  context.by_validator(written->span(), invalid_service_account_name, written->text);
  return std::nullopt;
}

struct AccountFields {
  Slot<std::vector<std::string>> names;
  Slot<Text> selector;
};
static constexpr Field<AccountFields> kAccountFields[] = {
    field<&AccountFields::names, set<service_account_name>>("names"),
    field<&AccountFields::selector, any_selector>("selector"),
};

// ---- services

struct ServiceFields {
  Slot<Text> name, namespace_name;
};
static std::optional<Text> object_name(Context& context, const Entry& entry) {
  const auto written = text(context, entry);
  return written && (written->text.empty() || check_name(context, *written)) ? written : std::nullopt;
}
static constexpr Field<ServiceFields> kServiceFields[] = {
    field<&ServiceFields::name, object_name>("name", Presence::Required),
    field<&ServiceFields::namespace_name, object_name>("namespace"),
};

static std::optional<ir::ServiceSpec> service(Context& context, const Entry& entry) {
  const auto fields = object<ServiceFields, kServiceFields>(context, entry);
  if (!fields || !fields->name) return std::nullopt;
  if (fields->name->text.empty()) {
    context.by_schema(fields->name.span, missing_field, "name", "`services`");  // MinLength 1
    return std::nullopt;
  }
  const std::string_view namespace_name = text_of(fields->namespace_name);
  const bool absent = namespace_name.empty() && (fields->namespace_name || !fields->namespace_name.written);
  if (absent && context.policy_namespace.empty() && !context.in_profile) {
    context.by_validator(entry.key, services_without_namespace);
    return std::nullopt;
  }
  if (absent) {
    Diagnostic& nothing = context.remark(entry.key, service_without_namespace);
    if (!context.in_profile) nothing.help(fmt::format("write `namespace: {}`", context.policy_namespace));
  }
  return ir::ServiceSpec{std::string(namespace_name), fields->name->str(), entry.span()};
}

// ---- the whole

struct EntityFields {
  Slot<std::vector<ir::CidrSpec>> nets, not_nets;
  Slot<Text> selector, not_selector, namespace_selector;
  Slot<std::vector<ir::PortSpec>> ports, not_ports;
  Slot<ir::ServiceSpec> services;
  Slot<AccountFields> service_accounts;
};
static constexpr Field<EntityFields> kEntityFields[] = {
    field<&EntityFields::nets, set_up_to<rule_net, kMaxNets>>("nets"),
    field<&EntityFields::not_nets, set_up_to<negated_rule_net, kMaxNets>>("notNets"),
    field<&EntityFields::selector, selector>("selector"),
    field<&EntityFields::not_selector, negated_selector>("notSelector"),
    field<&EntityFields::namespace_selector, rule_namespace_selector>("namespaceSelector"),
    field<&EntityFields::ports, list_up_to<port, kMaxPorts>>("ports"),
    field<&EntityFields::not_ports, list_up_to<port, kMaxPorts>>("notPorts"),
    field<&EntityFields::services, service>("services"),
    field<&EntityFields::service_accounts, object<AccountFields, kAccountFields>>("serviceAccounts"),
};

template <class T>
static bool holds_something(const Slot<std::vector<T>>& slot) {
  return slot && !slot->empty();
}

static void check_service_is_alone(Context& context, const EntityFields& fields) {
  if (!fields.services.written) return;
  const auto refuse = [&](SourceSpan key, std::string_view name) {
    context.by_schema(key, services_not_alone, name).note(fields.services.key, "the service");
  };
  if (holds_something(fields.nets)) refuse(fields.nets.key, "nets");
  if (holds_something(fields.not_nets)) refuse(fields.not_nets.key, "notNets");
  if (!text_of(fields.selector).empty()) refuse(fields.selector.key, "selector");
  if (!text_of(fields.not_selector).empty()) refuse(fields.not_selector.key, "notSelector");
  if (!text_of(fields.namespace_selector).empty()) refuse(fields.namespace_selector.key, "namespaceSelector");
  if (fields.service_accounts) refuse(fields.service_accounts.key, "serviceAccounts");
}

static SourceSpan positive_span(const EntityFields& fields) {
  if (!text_of(fields.selector).empty()) return fields.selector.span;
  if (!text_of(fields.namespace_selector).empty()) return fields.namespace_selector.span;
  return fields.service_accounts.written ? fields.service_accounts.span : fields.not_selector.span;
}

static void read_selectors(Context& context, const EntityFields& fields, ir::EntityRule& into) {
  RuleSelectorText text;
  text.policy_namespace = context.policy_namespace;
  text.namespace_selector = text_of(fields.namespace_selector);
  text.selector = text_of(fields.selector);
  text.not_selector = text_of(fields.not_selector);
  if (fields.service_accounts) {
    if (fields.service_accounts->names) text.service_account_names = *fields.service_accounts->names;
    text.service_account_selector = text_of(fields.service_accounts->selector);
  }
  if (text.namespace_selector.empty() && text.selector.empty() && text.not_selector.empty() &&
      text.service_account_names.empty() && text.service_account_selector.empty()) {
    return;
  }
  const SelectorTable::ParsedRule parsed = context.selectors.of_rule(text);
  if (const auto* error = std::get_if<SelectorError>(&parsed)) {
    report_broken_join(context, positive_span(fields), *error);
    return;
  }
  const auto& [positive, negative] = std::get<SelectorTable::Sides>(parsed);
  if (positive) into.selector = {*positive, positive_span(fields)};
  if (negative) into.not_selector = {*negative, fields.not_selector.span};
}

std::optional<ir::EntityRule> entity_rule(Context& context, const Entry& entry) {
  const std::size_t errors = context.errors();
  auto fields = object<EntityFields, kEntityFields>(context, entry);
  if (!fields) return std::nullopt;
  check_service_is_alone(context, *fields);
  if (context.errors() != errors) return std::nullopt;

  ir::EntityRule rule;
  rule.span = entry.span();
  if (fields->nets) rule.nets = *std::move(fields->nets.value);
  if (fields->not_nets) rule.not_nets = *std::move(fields->not_nets.value);
  if (fields->ports) rule.ports = *std::move(fields->ports.value);
  if (fields->not_ports) rule.not_ports = *std::move(fields->not_ports.value);
  if (fields->services) rule.service = *std::move(fields->services.value);
  read_selectors(context, *fields, rule);
  return rule;
}

}  // namespace untrack::frontend::resources
