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

// Only the labels count here: profiles have no part in untracked policy.
What read_profile(Context& context, const Object& object) {
  ir::Profile profile{object.metadata.name, {}, object.metadata.name_span};
  if (!object.spec) return profile;
  const auto fields = read_without_schema(context, *object.spec);
  if (!fields || !fields->labels_to_apply) return profile;
  if (profile.name == kDefaultAllowProfile && !fields->labels_to_apply->empty()) {
    context.by_validator(fields->labels_to_apply.key, default_allow_changed);
    return profile;
  }
  for (const TextPair& label : *fields->labels_to_apply) {
    check_label(context, label);
    profile.labels.emplace(label.key.text, label.value.text);
  }
  return profile;
}

}  // namespace untrack::frontend::resources
