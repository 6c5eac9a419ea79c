#include <algorithm>
#include <array>

#include "frontend/resources/lists.h"
#include "frontend/resources/match_diagnostics.h"
#include "frontend/resources/object.h"
#include "frontend/resources/policy_diagnostics.h"
#include "frontend/resources/policy_words.h"
#include "frontend/resources/rule.h"
#include "frontend/resources/selectors.h"

namespace untrack::frontend::resources {

// ---- the fields

static constexpr std::string_view kHints[] = {"AssumeNeededOnEveryNode"};

template <const auto& words>
static std::optional<std::vector<Text>> distinct_words(Context& context, const Entry& entry) {
  auto items = list<word<words>>(context, entry);
  if (!items) return items;
  if (items->empty() && entry.value.size() > 0) return std::nullopt;  // all of them were reported
  for (std::size_t i = 1; i < items->size(); ++i) {
    const auto earlier = std::find_if(items->begin(), items->begin() + i,
                                      [&](const Text& other) { return other.text == (*items)[i].text; });
    if (earlier == items->begin() + i) continue;
    context.by_validator((*items)[i].span(), repeated_word, (*items)[i].text)
        .fix({Safety::Safe, FixEffect::Repaired, "remove it here", {RemoveItem{(*items)[i].span()}}});
    items->resize(i, items->front());
  }
  return items;
}

static std::optional<Text> tier_name(Context& context, const Entry& entry) {
  const auto written = text(context, entry);
  return written && (written->text.empty() || check_name(context, *written)) ? written : std::nullopt;
}

struct PolicyFields {
  Slot<Text> tier, selector, service_account_selector, namespace_selector, staged_action;
  Slot<double> order;
  Slot<std::vector<ir::PolicyRule>> ingress, egress;
  Slot<std::vector<Text>> types, performance_hints;
  Slot<bool> do_not_track, pre_dnat, apply_on_forward;
};

static constexpr auto kCommonFields = std::to_array<Field<PolicyFields>>({
    field<&PolicyFields::tier, tier_name>("tier"),
    field<&PolicyFields::order, number>("order"),
    field<&PolicyFields::ingress, list_up_to<rule<ir::Direction::Ingress>, kMaxRules>>("ingress"),
    field<&PolicyFields::egress, list_up_to<rule<ir::Direction::Egress>, kMaxRules>>("egress"),
    field<&PolicyFields::selector, selector>("selector"),
    field<&PolicyFields::types, distinct_words<kPolicyTypes>>("types"),
    field<&PolicyFields::service_account_selector, selector>("serviceAccountSelector"),
    field<&PolicyFields::performance_hints, distinct_words<kHints>>("performanceHints"),
});
static constexpr auto kGlobalOnlyFields = std::to_array<Field<PolicyFields>>({
    field<&PolicyFields::do_not_track, boolean>("doNotTrack"),
    field<&PolicyFields::pre_dnat, boolean>("preDNAT"),
    field<&PolicyFields::apply_on_forward, boolean>("applyOnForward"),
    field<&PolicyFields::namespace_selector, selector>("namespaceSelector"),
});
static constexpr auto kStagedOnlyFields = std::to_array<Field<PolicyFields>>({
    field<&PolicyFields::staged_action, word<kStagedActions>>("stagedAction"),
});
static constexpr auto kGlobalFields = joined(kCommonFields, kGlobalOnlyFields);
static constexpr auto kStagedFields = joined(kCommonFields, kStagedOnlyFields);
static constexpr auto kStagedGlobalFields = joined(kGlobalFields, kStagedOnlyFields);

// ---- where they meet

static bool is_true(const Slot<bool>& slot) {
  return slot && *slot;
}

// CEL rules of the schema; the validator of this Calico no longer has them.
static void check_stages(Context& context, const PolicyFields& fields, SourceSpan spec) {
  const bool untracked = is_true(fields.do_not_track), pre_dnat = is_true(fields.pre_dnat);
  if (untracked && pre_dnat) {
    context.by_schema(fields.pre_dnat.key, untracked_and_pre_dnat)
        .note(fields.do_not_track.key, "`doNotTrack`");
  }
  if (pre_dnat && fields.egress && fields.egress.value->size() > 0) {
    context.by_schema(fields.egress.key, pre_dnat_egress, "cannot have egress rules");
  }
  if (pre_dnat && fields.types) {
    for (const Text& type : *fields.types) {
      if (type.text == "Egress")
        context.by_schema(type.span(), pre_dnat_egress, "cannot have the type Egress");
    }
  }
  const bool forward_unknown = fields.apply_on_forward.written && !fields.apply_on_forward;
  if ((untracked || pre_dnat) && !is_true(fields.apply_on_forward) && !forward_unknown) {
    const auto& stage = untracked ? fields.do_not_track : fields.pre_dnat;
    Diagnostic& missing =
        context.by_schema(stage.key, apply_on_forward_missing, untracked ? "doNotTrack" : "preDNAT")
            .help("add `applyOnForward: true`");
    if (fields.apply_on_forward.written) {  // someone has said `false`, and it was not meant
      missing.fix(write_instead(fields.apply_on_forward.span, {"true", Spelling::Bare}, Safety::Unsafe));
    } else {
      missing.fix({Safety::Safe,
                   FixEffect::Repaired,
                   "add `applyOnForward: true`",
                   {AddEntry{{spec}, "applyOnForward", bare("true"), untracked ? "doNotTrack" : "preDNAT"}}});
    }
  }
}

// A staged deletion names a policy and holds nothing (G). `false` and `''` are nothing, an empty list is not.
static void check_staged_delete(Context& context, const PolicyFields& fields) {
  const auto refuse = [&](bool there, SourceSpan key, std::string_view name) {
    if (there)
      context.by_validator(key, staged_delete_not_empty, name)
          .note(fields.staged_action.span, "the deletion")
          .fix(remove_field(key, name, Safety::Unsafe));
  };
  refuse(fields.order.written, fields.order.key, "order");
  refuse(fields.ingress.written, fields.ingress.key, "ingress");
  refuse(fields.egress.written, fields.egress.key, "egress");
  refuse(!text_of(fields.selector).empty(), fields.selector.key, "selector");
  refuse(fields.types.written, fields.types.key, "types");
  refuse(!text_of(fields.service_account_selector).empty(), fields.service_account_selector.key,
         "serviceAccountSelector");
  refuse(!text_of(fields.namespace_selector).empty(), fields.namespace_selector.key, "namespaceSelector");
  refuse(fields.performance_hints.written, fields.performance_hints.key, "performanceHints");
  refuse(is_true(fields.do_not_track), fields.do_not_track.key, "doNotTrack");
  refuse(is_true(fields.pre_dnat), fields.pre_dnat.key, "preDNAT");
  refuse(is_true(fields.apply_on_forward), fields.apply_on_forward.key, "applyOnForward");
}

// ---- what they say

// The client fills in absent types (Calico api/pkg/defaults/networkpolicy.go): Egress where there are only
// egress rules. Stored objects may never have met it, and then Felix takes both
// (felix/calc/policy_sorter.go).
static void read_types(Context& context, const PolicyFields& fields, bool stored, ir::Policy& policy) {
  if (fields.types && !fields.types->empty()) {
    const auto has = [&](std::string_view word) {
      return std::any_of(fields.types->begin(), fields.types->end(),
                         [&](const Text& t) { return t.text == word; });
    };
    policy.types_ingress = has("Ingress");
    policy.types_egress = has("Egress");
    return;
  }
  if (fields.types) {
    context.remark(fields.types.span, empty_types, "types")
        .fix({Safety::Safe, FixEffect::Kept, "remove `types`", {RemoveEntry{fields.types.key}}});
  }
  if (stored) return;
  const bool ingress_rules = fields.ingress && !fields.ingress->empty();
  const bool egress_rules = fields.egress && !fields.egress->empty();
  policy.types_ingress = ingress_rules || !egress_rules;
  policy.types_egress = egress_rules;
}

static void read_selector(Context& context, const PolicyFields& fields, ir::Policy& policy) {
  const std::string_view own = text_of(fields.selector), accounts = text_of(fields.service_account_selector);
  const bool global = policy.namespace_name.empty();
  const SelectorTable::Parsed& parsed =
      global ? context.selectors.of_global_policy(own, text_of(fields.namespace_selector), accounts)
             : context.selectors.of_policy(policy.namespace_name, own, accounts);
  policy.selector.span = policy.span;
  for (const auto* slot : {&fields.service_account_selector, &fields.namespace_selector, &fields.selector}) {
    if (slot->written) policy.selector.span = slot->span;
  }
  if (const auto* error = std::get_if<SelectorError>(&parsed)) {
    report_broken_join(context, policy.selector.span, *error);
  } else {
    policy.selector.selector = std::get<ir::SelectorId>(parsed);
  }
}

static SourceSpan from_key_to_value(SourceSpan key, SourceSpan value) {
  if (!key.exists()) return {};
  const bool in_order = value.begin >= key.begin && value.buffer == key.buffer;  // not so for an alias
  return in_order ? SourceSpan{key.buffer, key.begin, value.end} : key;
}

ir::Policy named_policy(const Object& object, ir::PolicyKind kind) {
  ir::Policy policy;
  policy.kind = kind;
  policy.namespace_name = object.metadata.namespace_name;
  policy.name = object.metadata.name;
  policy.span = policy.tier_span = object.metadata.name_span;
  policy.object_span = object.whole.span();
  return policy;
}

template <const auto& fields_of_kind>
static What read_policy(Context& context, const Object& object, ir::PolicyKind kind) {
  const std::size_t errors = context.errors();
  context.policy_namespace = object.metadata.namespace_name;
  auto fields = read_spec<PolicyFields, fields_of_kind>(context, object);
  if (!fields) return {};

  ir::Policy policy = named_policy(object, kind);
  policy.staged_delete = fields->staged_action && fields->staged_action->text == "Delete";
  if (policy.staged_delete) check_staged_delete(context, *fields);
  check_stages(context, *fields, object.spec ? object.spec->span() : SourceSpan{});
  read_types(context, *fields, object.stored, policy);
  if (context.errors() == errors) read_selector(context, *fields, policy);
  // A policy without its wrong part would be another policy, and what is found in that one would mislead.
  if (context.errors() != errors) return {};

  if (!text_of(fields->tier).empty()) {
    policy.tier = fields->tier->str();
    policy.tier_span = fields->tier.span;
  }
  policy.order = fields->order.value;
  policy.do_not_track = is_true(fields->do_not_track);
  policy.pre_dnat = is_true(fields->pre_dnat);
  policy.apply_on_forward = is_true(fields->apply_on_forward);
  policy.do_not_track_span = from_key_to_value(fields->do_not_track.key, fields->do_not_track.span);
  if (fields->ingress) policy.ingress = *std::move(fields->ingress.value);
  if (fields->egress) policy.egress = *std::move(fields->egress.value);
  return policy;
}

What read_global_network_policy(Context& context, const Object& object) {
  return read_policy<kGlobalFields>(context, object, ir::PolicyKind::GlobalNetworkPolicy);
}
What read_network_policy(Context& context, const Object& object) {
  return read_policy<kCommonFields>(context, object, ir::PolicyKind::NetworkPolicy);
}
What read_staged_global_network_policy(Context& context, const Object& object) {
  return read_policy<kStagedGlobalFields>(context, object, ir::PolicyKind::StagedGlobalNetworkPolicy);
}
What read_staged_network_policy(Context& context, const Object& object) {
  return read_policy<kStagedFields>(context, object, ir::PolicyKind::StagedNetworkPolicy);
}

}  // namespace untrack::frontend::resources
