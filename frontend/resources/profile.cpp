#include "frontend/resources/built_in.h"
#include "frontend/resources/object.h"
#include "frontend/resources/profile_diagnostics.h"
#include "frontend/resources/rule.h"

namespace untrack::frontend::resources {

struct ProfileFields {
  Slot<std::vector<TextPair>> labels_to_apply;
  Slot<std::vector<ir::PolicyRule>> ingress, egress;
};
static constexpr Field<ProfileFields> kProfileFields[] = {
    field<&ProfileFields::ingress, list<rule<ir::Direction::Ingress>>>("ingress"),
    field<&ProfileFields::egress, list<rule<ir::Direction::Egress>>>("egress"),
    field<&ProfileFields::labels_to_apply, text_map>("labelsToApply"),
};

// Profiles have no schema: what it would refuse in a policy gets through here, and does not do what it says.
static std::optional<ProfileFields> read_without_schema(Context& context, const Entry& spec) {
  Diagnostics of_schema;
  std::optional<ProfileFields> fields;
  {
    const Context::SchemaElsewhere elsewhere(context, of_schema);
    context.in_profile = true;
    fields = object<ProfileFields, kProfileFields>(context, spec);
    context.in_profile = false;
  }
  for (const Diagnostic* found : of_schema.in_order()) {
    context.remark(found->span, unchecked_in_profile, found->message).help(found->help_text);
  }
  return fields;
}

static bool allows_everything(const std::optional<std::vector<ir::PolicyRule>>& rules) {
  if (!rules || rules->size() != 1) return false;
  const ir::PolicyRule& rule = rules->front();
  const auto any = [](const ir::EntityRule& side) {
    return side.nets.empty() && side.not_nets.empty() && side.ports.empty() && side.not_ports.empty() &&
           !side.selector && !side.not_selector && !side.service;
  };
  return std::holds_alternative<ir::Allow>(rule.action) && !rule.ip_version && !rule.protocol &&
         !rule.not_protocol && !rule.icmp && !rule.not_icmp && !rule.has_http && any(rule.source) &&
         any(rule.destination);
}

// A dump of a cluster holds it as it is.
static void check_default_allow(Context& context, const ProfileFields& fields) {
  if (fields.labels_to_apply && !fields.labels_to_apply->empty())
    context.by_validator(fields.labels_to_apply.key, default_allow_changed);
  for (const auto* rules : {&fields.ingress, &fields.egress}) {
    if (*rules && !allows_everything(rules->value)) context.by_validator(rules->key, default_allow_changed);
  }
}

// Untracked policy has no part in profiles but for their labels; ordinary policy ends with their rules.
What read_profile(Context& context, const Object& object) {
  ir::Profile profile{object.metadata.name, {}, object.metadata.name_span, {}};
  const std::size_t errors = context.errors();
  ProfileFields fields;
  if (object.spec) {
    auto read = read_without_schema(context, *object.spec);
    if (!read) return profile;
    fields = *std::move(read);
  }
  const bool rules_known = context.errors() == errors;
  if (profile.name == kDefaultAllowProfile) {
    if (rules_known) check_default_allow(context, fields);
    profile.rules = allow_everything();
    return profile;
  }
  if (rules_known) {
    profile.rules.emplace();
    if (fields.ingress) profile.rules->ingress = *std::move(fields.ingress.value);
    if (fields.egress) profile.rules->egress = *std::move(fields.egress.value);
  }
  if (!fields.labels_to_apply) return profile;
  for (const TextPair& label : *fields.labels_to_apply) {
    check_label(context, label);
    profile.labels.emplace(label.key.text, label.value.text);
  }
  return profile;
}

}  // namespace untrack::frontend::resources
