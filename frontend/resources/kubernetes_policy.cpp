// StagedKubernetesNetworkPolicy: the spec of Kubernetes' NetworkPolicy. It is never enforced, so it is
// checked and not kept.
#include <array>

#include "frontend/resources/lists.h"
#include "frontend/resources/match_diagnostics.h"
#include "frontend/resources/object.h"
#include "frontend/resources/policy_diagnostics.h"
#include "frontend/resources/policy_words.h"
#include "frontend/resources/selectors.h"

namespace untrack::frontend::resources {

namespace {

// ---- the fields (Kubernetes k8s.io/api/networking/v1/types.go)

struct Unkept {};

constexpr Field<Unkept> kExpressionFields[] = {
    {"key", [](Context& c, const Entry& e, Unkept&) { text(c, e); }, [](Unkept&) {}, Presence::Required},
    {"operator", [](Context& c, const Entry& e, Unkept&) { text(c, e); }, [](Unkept&) {}, Presence::Required},
    checked<Unkept, list<text>>("values"),
};
constexpr Field<Unkept> kSelectorFields[] = {
    checked<Unkept, text_map>("matchLabels"),
    checked<Unkept, list<object<Unkept, kExpressionFields>>>("matchExpressions"),
};
constexpr auto kubernetes_selector = object<Unkept, kSelectorFields>;

constexpr Field<Unkept> kBlockFields[] = {
    {"cidr", [](Context& c, const Entry& e, Unkept&) { text(c, e); }, [](Unkept&) {}, Presence::Required},
    checked<Unkept, list<text>>("except"),
};
constexpr Field<Unkept> kPeerFields[] = {
    checked<Unkept, kubernetes_selector>("podSelector"),
    checked<Unkept, kubernetes_selector>("namespaceSelector"),
    checked<Unkept, object<Unkept, kBlockFields>>("ipBlock"),
};
constexpr Field<Unkept> kPortFields[] = {
    checked<Unkept, text>("protocol"),
    checked<Unkept, integer_or_text>("port"),
    checked<Unkept, integer>("endPort"),
};
constexpr auto ports = list<object<Unkept, kPortFields>>;
constexpr auto peers = list<object<Unkept, kPeerFields>>;
constexpr Field<Unkept> kIngressFields[] = {checked<Unkept, ports>("ports"), checked<Unkept, peers>("from")};
constexpr Field<Unkept> kEgressFields[] = {checked<Unkept, ports>("ports"), checked<Unkept, peers>("to")};

struct PolicyFields {
  Slot<Text> staged_action;
  Slot<std::size_t> pod_selector;  // its fields
  Slot<std::vector<Unkept>> ingress, egress;
  Slot<std::vector<Text>> policy_types;
};

std::optional<std::size_t> pod_selector(Context& context, const Entry& entry) {
  return kubernetes_selector(context, entry) ? std::optional(entry.value.size()) : std::nullopt;
}

// At least one of them is known, or nothing is.
std::optional<std::vector<Text>> policy_types(Context& context, const Entry& entry) {
  auto types = list_up_to<word<kPolicyTypes>, 2>(context, entry);
  if (types && types->empty() && entry.value.size() > 0) return std::nullopt;
  return types;
}

constexpr Field<PolicyFields> kPolicyFields[] = {
    field<&PolicyFields::staged_action, word<kStagedActions>>("stagedAction"),
    field<&PolicyFields::pod_selector, pod_selector>("podSelector"),
    field<&PolicyFields::ingress, list<object<Unkept, kIngressFields>>>("ingress"),
    field<&PolicyFields::egress, list<object<Unkept, kEgressFields>>>("egress"),
    field<&PolicyFields::policy_types, policy_types>("policyTypes"),
};

// What is compared with the zero value (Calico libcalico-go/lib/validator/v3/validator.go): an empty mapping
// is nothing, an empty list is not.
void check_staged_delete(Context& context, const PolicyFields& fields) {
  const auto refuse = [&](bool there, SourceSpan key, std::string_view name) {
    if (!there) return;
    context.by_validator(key, staged_delete_not_empty, name)
        .note(fields.staged_action.span, "the deletion")
        .fix(remove_field(key, name, Safety::Unsafe));
  };
  refuse(fields.pod_selector && *fields.pod_selector > 0, fields.pod_selector.key, "podSelector");
  refuse(fields.ingress.written, fields.ingress.key, "ingress");
  refuse(fields.egress.written, fields.egress.key, "egress");
  refuse(fields.policy_types.written, fields.policy_types.key, "policyTypes");
}

}  // namespace

What read_staged_kubernetes_network_policy(Context& context, const Object& object) {
  const std::size_t errors = context.errors();
  const auto fields = read_spec<PolicyFields, kPolicyFields>(context, object);
  if (!fields) return {};
  ir::Policy policy = named_policy(object, ir::PolicyKind::StagedKubernetesNetworkPolicy);
  policy.staged_delete = fields->staged_action && fields->staged_action->text == "Delete";
  if (policy.staged_delete) check_staged_delete(context, *fields);
  if (fields->policy_types && fields->policy_types->empty()) {
    context.remark(fields->policy_types.span, empty_types, "policyTypes")
        .fix(
            {Safety::Safe, FixEffect::Kept, "remove `policyTypes`", {RemoveEntry{fields->policy_types.key}}});
  }
  if (context.errors() != errors) return {};
  policy.selector = {std::get<ir::SelectorId>(context.selectors.parsed("all()")), policy.span};
  return policy;
}

}  // namespace untrack::frontend::resources
