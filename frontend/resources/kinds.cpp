#include "frontend/resources/kinds.h"

#include <algorithm>

#include <llvm/ADT/StringRef.h>

#include "frontend/resources/field_diagnostics.h"
#include "frontend/resources/stored_object.h"
#include "frontend/resources/unrendered.h"
#include "frontend/resources/workload_name.h"
#include "frontend/yaml/diagnostics.h"

namespace untrack::frontend::resources {

// ---- what there is

enum class Family : std::uint8_t { Calico, Kubernetes };

struct Kind {
  Family family;
  std::string_view api_version;  // of the Kubernetes kinds; Calico's have two
  std::string_view name;
  ObjectRules rules;
  bool has_status;
  What (*read)(Context&, const Object&);
  bool is_telling = true;  // a file that holds it is worth reading for that alone
};

static constexpr Kind calico(std::string_view name, What (*read)(Context&, const Object&),
                             NameRule name_rule = NameRule::Subdomain) {
  return {Family::Calico, "", name, {name, false, name_rule}, false, read};
}
static constexpr Kind kubernetes(std::string_view api_version, std::string_view name,
                                 What (*read)(Context&, const Object&)) {
  return {Family::Kubernetes, api_version, name, {name}, true, read};
}
static constexpr Kind described_as(std::string_view name, Kind kind) {
  kind.rules.kind = name;
  return kind;
}
static constexpr Kind namespaced(Kind kind) {
  kind.rules.namespaced = true;
  return kind;
}
static constexpr Kind beside_others(Kind kind) {
  kind.is_telling = false;
  return kind;
}
static constexpr Kind with_status(Kind kind) {
  kind.has_status = true;
  return kind;
}
static constexpr Kind named_by_spec(Kind kind) {
  kind.rules.computed_name = true;
  return kind;
}
static constexpr Kind set_of_nets(Kind kind) {
  kind.rules.is_network_set = true;
  return kind;
}

static constexpr Kind kKinds[] = {
    calico("GlobalNetworkPolicy", read_global_network_policy, NameRule::OneDot),
    namespaced(calico("NetworkPolicy", read_network_policy, NameRule::NamespacedPolicy)),
    calico("StagedGlobalNetworkPolicy", read_staged_global_network_policy, NameRule::OneDot),
    namespaced(calico("StagedNetworkPolicy", read_staged_network_policy, NameRule::NamespacedPolicy)),
    namespaced(calico("StagedKubernetesNetworkPolicy", read_staged_kubernetes_network_policy)),
    with_status(calico("Tier", read_tier, NameRule::Tier)),
    calico("HostEndpoint", read_host_endpoint),
    set_of_nets(calico("GlobalNetworkSet", read_global_network_set)),
    set_of_nets(namespaced(calico("NetworkSet", read_network_set))),
    calico("FelixConfiguration", read_felix_configuration),
    calico("Profile", read_profile),
    named_by_spec(namespaced(calico("WorkloadEndpoint", read_workload_endpoint))),
    with_status(calico("Node", read_node)),
    with_status(calico("KubeControllersConfiguration", read_kube_controllers_configuration)),
    kubernetes("v1", "Namespace", read_kubernetes_namespace),
    namespaced(kubernetes("v1", "ServiceAccount", read_kubernetes_service_account)),
    namespaced(kubernetes("v1", "Pod", read_kubernetes_pod)),
    described_as("Kubernetes Node", kubernetes("v1", "Node", read_kubernetes_node)),
    namespaced(kubernetes("discovery.k8s.io/v1", "EndpointSlice", read_kubernetes_endpoint_slice)),
    beside_others(namespaced(kubernetes("v1", "Service", read_kubernetes_service))),
};

// Calico's other kinds: they do not touch policy on hosts (Calico api/config/crd, libcalico-go/config/crd).
static constexpr std::string_view kPassedOver[] = {
    "BGPConfiguration",  "BGPFilter",          "BGPPeer",   "BlockAffinity",
    "CalicoNodeStatus",  "ClusterInformation", "IPAMBlock", "IPAMConfig",
    "IPAMConfiguration", "IPAMHandle",         "IPPool",    "IPReservation",
    "LiveMigration",
};

static bool is_calico(std::string_view api_version) {
  return api_version == "projectcalico.org/v3" || api_version == "crd.projectcalico.org/v1";
}

static const Kind* kind_of(std::string_view api_version, std::string_view name) {
  const bool calico_version = is_calico(api_version);
  for (const Kind& kind : kKinds) {
    if (kind.name != name) continue;
    if (kind.family == Family::Calico ? calico_version : kind.api_version == api_version) return &kind;
  }
  return nullptr;
}

// ---- documents that are no objects that we know

static std::vector<std::string_view> calico_names() {
  std::vector<std::string_view> names(std::begin(kPassedOver), std::end(kPassedOver));
  for (const Kind& kind : kKinds) {
    if (kind.family == Family::Calico) names.push_back(kind.name);
  }
  return names;
}

static bool is_passed_over(std::string_view name) {
  return std::find(std::begin(kPassedOver), std::end(kPassedOver), name) != std::end(kPassedOver);
}

static void report_unknown_kind(Context& context, const Text& kind, std::string_view api_version) {
  Diagnostic& unknown = context.by_validator(kind.span(), unknown_kind, api_version, kind.text);
  if (kind.text == "List") {
    unknown.help("write `apiVersion: v1`, or the kind of the items: `GlobalNetworkPolicyList`");
    return;
  }
  const auto names = calico_names();
  const auto same = std::find_if(names.begin(), names.end(), [&](std::string_view name) {
    return llvm::StringRef(name).equals_insensitive(llvm::StringRef(kind.text));
  });
  const auto meant = same != names.end() ? std::optional(*same) : nearest_name(kind.text, names);
  if (meant) {
    const Safety safety = same != names.end() ? Safety::Safe : Safety::Unsafe;
    unknown.help(fmt::format("did you mean `{}`?", *meant))
        .fix(write_instead(kind.span(), {std::string(*meant)}, safety));
  }
}

static bool only_calico_has(std::string_view kind) {
  return kind.starts_with("Global") || kind.starts_with("Staged") || kind == "HostEndpoint" ||
         kind == "FelixConfiguration" || kind == "KubeControllersConfiguration";
}

static bool is_calico_kind(std::string_view kind) {
  const auto names = calico_names();
  return std::find(names.begin(), names.end(), kind) != names.end();
}

// A kind of Calico's under a version that is nearly Calico's, or that belongs to Kubernetes itself; other
// projects have a Tier or a NetworkPolicy too.
static bool looks_like_calico(std::string_view api_version, std::string_view kind) {
  static constexpr std::string_view kVersions[] = {"projectcalico.org/v3", "crd.projectcalico.org/v1"};
  if (!is_calico_kind(kind)) return false;
  if (api_version.find("calico") != std::string_view::npos || nearest_name(api_version, kVersions))
    return true;
  const std::string_view group = api_version.substr(0, api_version.find('/'));
  const bool of_kubernetes = group.size() == api_version.size() ||
                             group.find('.') == std::string_view::npos || group.ends_with(".k8s.io");
  return of_kubernetes && only_calico_has(kind);
}

// Not even the version says whose kind it is. An object it must be, not the values of something else.
static bool lacks_calico_version(const Entry& whole, std::string_view kind) {
  return only_calico_has(kind) || (is_calico_kind(kind) && kind != "Node" &&
                                   is_written(whole.value, "metadata") && is_written(whole.value, "spec"));
}

bool is_telling_kind(std::string_view name) {
  return std::any_of(std::begin(kKinds), std::end(kKinds), [&](const Kind& kind) {
    return kind.name == name && kind.is_telling &&
           (kind.family == Family::Kubernetes || only_calico_has(name));
  });
}

// Of an inventory a server has accepted every text.
static bool is_template(Context& context, yaml::Node node) {
  const auto action = context.role == Role::Linted ? unrendered_action(node) : std::nullopt;
  if (action) context.unreadable(*action, yaml::unrendered_template).help(std::string(yaml::kRenderFirst));
  return action.has_value();
}

static void report_stranger(Context& context, yaml::Node object, const Text& api_version, const Text& kind) {
  const bool calico = is_calico(api_version.text);
  if (calico ? is_passed_over(kind.text) : !looks_like_calico(api_version.text, kind.text)) return;
  if (is_template(context, object)) return;
  if (calico) {
    report_unknown_kind(context, kind, api_version.text);
  } else {
    context.by_validator(api_version.span(), wrong_api_version, kind.text, api_version.text)
        .help("write `apiVersion: projectcalico.org/v3`")
        .fix(write_instead(api_version.span(), {"projectcalico.org/v3"}, Safety::Unsafe));
  }
}

// ---- one object

struct TopFields {};
static constexpr Field<TopFields> kTopFields[] = {
    checked<TopFields, anything>("apiVersion"), checked<TopFields, anything>("kind"),
    checked<TopFields, anything>("metadata"),   checked<TopFields, anything>("spec"),
    checked<TopFields, anything>("status"),
};

static void check_top(Context& context, const Entry& whole, bool has_status) {
  const std::span<const Field<TopFields>> all(kTopFields);
  TopFields nothing;
  read_fields<TopFields>(context, whole, has_status ? all : all.first(all.size() - 1), nothing);
}

static bool is_policy(const Kind& kind) {
  return kind.name.ends_with("NetworkPolicy");
}

// Pods and the like may hold templates of others in their specs: the arguments of a container.
static bool is_template(Context& context, const Kind& kind, const Entry& whole) {
  if (kind.family == Family::Calico) return is_template(context, whole.value);
  const auto metadata = member_of(whole, "metadata");
  return metadata && is_template(context, metadata->value);
}

static void read_known(Context& context, const Kind& kind, const Entry& whole, bool stored,
                       std::vector<Resource>& into) {
  // Policies of an inventory enforce nothing (frontend/load.h).
  if (context.role == Role::Inventory && is_policy(kind)) return;
  if (is_template(context, kind, whole)) return;
  context.strict = kind.family == Family::Calico && context.role == Role::Linted;
  context.policy_namespace = {};
  if (context.strict) check_top(context, whole, kind.has_status);

  auto metadata = read_metadata(context, whole, kind.rules);
  Object object{whole, metadata ? std::move(*metadata) : Metadata{}, std::nullopt, stored};
  if (stored && metadata) restore_metadata(context, is_policy(kind), object);
  const auto spec = member_of(whole, "spec");
  if (spec && !spec->value.is_null() && expect_mapping(context, *spec)) object.spec = spec;
  if (metadata && kind.rules.computed_name) name_workload(context, object);

  What what = kind.read(context, object);
  if (!metadata) return;  // the spec was checked; nothing can refer to an object without name
  // A tier of whatever name exists for the policies in it.
  if (!object.metadata.name_is_valid && !std::holds_alternative<ir::Tier>(what)) what = {};
  into.push_back({kind.rules.kind, std::move(object.metadata.namespace_name), std::move(object.metadata.name),
                  object.metadata.name_span, std::move(what)});
}

// ---- documents

static std::optional<Text> text_member(Context& context, const Entry& mapping, std::string_view name) {
  const auto entry = member_of(mapping, name);
  if (!entry || !entry->value.is_scalar()) return std::nullopt;
  return text(context, *entry);
}

static bool is_list_kind(std::string_view api_version, std::string_view kind) {
  if (kind == "List") return api_version == "v1";
  if (!kind.ends_with("List")) return false;
  const std::string_view of = kind.substr(0, kind.size() - 4);
  return kind_of(api_version, of) != nullptr || (is_calico(api_version) && is_passed_over(of));
}

static Entry whole_of(yaml::Node node) {
  return {"", node, node.is_mapping() && node.size() > 0 ? node.key(0).span() : node.span()};
}

static ItemsOf items_of(std::string_view api_version, std::string_view list_kind) {
  const std::string_view of = list_kind.substr(0, list_kind.size() - 4);
  return of.empty() ? ItemsOf{} : ItemsOf{std::string(api_version), std::string(of)};
}

std::optional<ItemsOf> list_of(const yaml::ListFrame& frame) {
  const auto plain_text = [&](std::string_view key) -> std::optional<std::string_view> {
    const auto value = frame.find(key);
    if (!value || !value->is_scalar() || type_of(*value) != ScalarType::Text) return std::nullopt;
    return value->text();
  };
  const auto api_version = plain_text("apiVersion"), kind = plain_text("kind");
  if (!api_version || !kind || !is_list_kind(*api_version, *kind)) return std::nullopt;
  return items_of(*api_version, *kind);
}

static void read_object(Context& context, yaml::Node node, const ItemsOf& of, std::vector<Resource>& into);

void read_items(Context& context, yaml::Node sequence, const ItemsOf& of, std::vector<Resource>& into) {
  for (std::size_t i = 0; i < sequence.size(); ++i) {
    const yaml::Node item = sequence.item(i);
    if (item.is_mapping()) {
      read_object(context, item, of, into);
    } else {
      context.unreadable(item.span(), not_an_object);
    }
  }
}

static void read_object(Context& context, yaml::Node node, const ItemsOf& of, std::vector<Resource>& into) {
  const Entry whole = whole_of(node);
  auto api_version = text_member(context, whole, "apiVersion");
  const auto kind = text_member(context, whole, "kind");
  if (!api_version && !kind && !of.kind.empty()) {
    const Kind* known = kind_of(of.api_version, of.kind);
    if (known == nullptr) return;
    if (known->family == Family::Calico) context.by_validator(whole.key, missing_kind);
    read_known(context, *known, whole, of.api_version != "projectcalico.org/v3", into);
    return;
  }
  if (!api_version) {
    const auto written = member_of(whole, "apiVersion");
    const bool reported = written && written->value.is_scalar();
    if (!reported && kind && is_calico_kind(kind->text) && lacks_calico_version(whole, kind->text)) {
      context.by_validator(kind->span(), missing_api_version, kind->text)
          .help("write `apiVersion: projectcalico.org/v3`")
          .fix({Safety::Unsafe,
                FixEffect::Repaired,
                "add `apiVersion: projectcalico.org/v3`",
                {AddEntry{{node.span()}, "apiVersion", untrack::word("projectcalico.org/v3"), "kind"}}});
    }
    return;
  }
  if (!kind) {
    const auto written = member_of(whole, "kind");
    if (!is_calico(api_version->text)) return;
    if (!written || written->value.is_null()) context.unreadable(whole.key, missing_kind);
    if (written && !written->value.is_null() && !written->value.is_scalar()) text(context, *written);
    return;
  }
  if (is_list_kind(api_version->text, kind->text)) {
    const auto items = member_of(whole, "items");
    static constexpr ReadsAsItem kNever = [](const Context&, Entry) { return false; };  // not a scalar
    if (!items || items->value.is_null() || !expect_sequence(context, *items, kNever)) return;
    read_items(context, items->value, items_of(api_version->text, kind->text), into);
  } else if (const Kind* known = kind_of(api_version->text, kind->text)) {
    read_known(context, *known, whole, api_version->text == "crd.projectcalico.org/v1", into);
  } else {
    report_stranger(context, node, *api_version, *kind);
  }
}

void read_document(Context& context, yaml::Node root, std::vector<Resource>& into) {
  if (root.is_mapping()) {
    read_object(context, root, {}, into);
  } else if (root.is_sequence()) {
    for (std::size_t i = 0; i < root.size(); ++i) {
      if (root.item(i).is_mapping()) read_object(context, root.item(i), {}, into);
    }
  }
}

}  // namespace untrack::frontend::resources
