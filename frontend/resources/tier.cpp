#include <algorithm>

#include "frontend/resources/built_in.h"
#include "frontend/resources/object.h"
#include "frontend/resources/policy_diagnostics.h"

namespace untrack::frontend::resources {

static constexpr std::string_view kDefaultActions[] = {"Deny", "Pass"};

struct TierFields {
  Slot<double> order;
  Slot<Text> default_action;
};
static constexpr Field<TierFields> kTierFields[] = {
    field<&TierFields::order, number>("order"),
    field<&TierFields::default_action, word<kDefaultActions>>("defaultAction"),
};

// CEL rules of the schema: values present and equal. The schema itself fills in the action, before they run.
static void check_built_in(Context& context, const Object& object, const TierFields& fields) {
  const auto tiers = built_in_tiers();
  const auto tier = std::find_if(tiers.begin(), tiers.end(),
                                 [&](const ir::Tier& t) { return t.name == object.metadata.name; });
  if (tier == tiers.end()) return;

  const auto refuse = [&](SourceSpan span, std::string_view field, std::string_view value) {
    context.by_schema(span.exists() ? span
                      : object.spec ? object.spec->key
                                    : object.whole.key,
                      built_in_tier_changed, tier->name, field, value);
  };
  const bool order_fits = fields.order ? *fields.order == tier->order : fields.order.written;
  if (!order_fits) refuse(fields.order.span, "order", fmt::format("{:.0f}", tier->order));
  const std::string_view action = tier->default_pass ? "Pass" : "Deny";
  const bool action_fits = fields.default_action ? fields.default_action->text == action
                                                 : fields.default_action.written || !tier->default_pass;
  if (!action_fits) refuse(fields.default_action.span, "defaultAction", action);
}

What read_tier(Context& context, const Object& object) {
  ir::Tier tier;
  tier.name = object.metadata.name;
  tier.span = object.metadata.name_span;
  // A tier that cannot be read in full exists all the same: its policies are not to be blamed for it.
  const auto fields = read_spec<TierFields, kTierFields>(context, object);
  if (!fields) return tier;
  check_built_in(context, object, *fields);
  if (fields->order) tier.order = *fields->order;
  tier.default_pass = fields->default_action && fields->default_action->text == "Pass";
  if (fields->default_action) tier.default_action_span = fields->default_action.span;
  return tier;
}

}  // namespace untrack::frontend::resources
