#include "frontend/resources/metadata.h"

#include <algorithm>
#include <array>

#include "frontend/resources/field_diagnostics.h"
#include "frontend/resources/metadata_diagnostics.h"
#include "frontend/resources/names.h"
#include "frontend/resources/selectors.h"

namespace untrack::frontend::resources {

struct MetadataFields {
  Slot<Text> name, namespace_name, creation_timestamp;
  Slot<std::vector<TextPair>> labels, annotations;
};
static constexpr auto kName = std::to_array({field<&MetadataFields::name, text>("name", Presence::Required)});
static constexpr auto kComputedName = std::to_array({field<&MetadataFields::name, text>("name")});
static constexpr auto kOtherFields = std::to_array<Field<MetadataFields>>({
    field<&MetadataFields::namespace_name, text>("namespace"),
    field<&MetadataFields::labels, text_map>("labels"),
    field<&MetadataFields::annotations, text_map>("annotations"),
    field<&MetadataFields::creation_timestamp, text>("creationTimestamp"),
    checked<MetadataFields, text>("generateName"),
    checked<MetadataFields, text>("selfLink"),
    checked<MetadataFields, text>("uid"),
    checked<MetadataFields, text>("resourceVersion"),
    checked<MetadataFields, integer>("generation"),
    checked<MetadataFields, text>("deletionTimestamp"),
    checked<MetadataFields, integer>("deletionGracePeriodSeconds"),
    checked<MetadataFields, list<anything>>("ownerReferences"),
    checked<MetadataFields, list<text>>("finalizers"),
    checked<MetadataFields, list<anything>>("managedFields"),
});
static constexpr auto kMetadataFields = joined(kName, kOtherFields);
static constexpr auto kMetadataOfComputedName = joined(kComputedName, kOtherFields);

// TotalAnnotationSizeLimitB (Kubernetes apimachinery, api/validation/objectmeta.go), in bytes.
static constexpr std::size_t kMaxAnnotationBytes = 256 * 1024;

static bool has_at_most_one_dot(std::string_view name) {
  return std::count(name.begin(), name.end(), '.') <= 1;
}

// Names that Kubernetes and OpenStack policies get in Calico: `knp.default.NAME`, `ossg.default.NAME`.
static bool is_converted_name(std::string_view name) {
  return name.starts_with("knp.default.") || name.starts_with("ossg.default.");
}

// What the name breaks, or nothing (G: validateObjectMeta, validateTier).
static std::string_view broken_name_rule(std::string_view name, NameRule rule) {
  if (!is_dns_subdomain(name)) {
    return "lower-case letters, digits and `-`, in parts joined by dots, with a letter or digit at both ends "
           "of each";
  }
  switch (rule) {
    case NameRule::Subdomain: return "";
    case NameRule::OneDot: return has_at_most_one_dot(name) ? "" : "the name of a policy has at most one dot";
    case NameRule::NamespacedPolicy:
      return has_at_most_one_dot(name) || is_converted_name(name)
                 ? ""
                 : "the name of a policy has at most one dot";
    case NameRule::Tier:
      return name.find('.') == std::string_view::npos ? "" : "the name of a tier has no dot";
  }
  return "";
}

static bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

static SourceSpan first_wrong_byte(const Text& name) {
  const auto wrong = std::find_if_not(name.text.begin(), name.text.end(), is_name_byte);
  if (wrong == name.text.end() || (*wrong & 0x80) != 0) return name.span();  // a part of a longer character
  const auto at = static_cast<std::size_t>(wrong - name.text.begin());
  return name.node.span(at, at + 1);
}

static bool check_name(Context& context, const Text& name, NameRule rule) {
  const std::size_t most = rule == NameRule::Tier ? 63 : kMaxNameBytes;
  if (name.text.size() > most) {
    context.by_validator(name.span(), name_too_long, name.text.size(), most);
    return false;
  }
  const std::string_view broken = broken_name_rule(name.text, rule);
  if (broken.empty()) return true;
  const bool bad_bytes = !is_dns_subdomain(name.text);
  context.by_validator(bad_bytes ? first_wrong_byte(name) : name.span(), invalid_name, name.text, broken);
  return false;
}

bool check_name(Context& context, const Text& name) {
  return check_name(context, name, NameRule::Subdomain);
}

void check_label(Context& context, const TextPair& label) {
  if (!is_qualified_name(label.key.text)) {
    context.by_validator(label.key.span(), invalid_key, label.key.text, "labels");
  }
  if (!is_label_value(label.value.text)) {
    context.by_validator(label.value.span(), invalid_label_value, label.value.text);
  }
}

static std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  return lower;
}

void check_annotations(Context& context, const std::vector<TextPair>& annotations, std::string_view of) {
  std::size_t bytes = 0;
  for (const TextPair& annotation : annotations) {
    bytes += annotation.key.text.size() + annotation.value.text.size();
    if (is_qualified_name(lower_case(annotation.key.text))) continue;
    context.by_validator(annotation.key.span(), invalid_key, annotation.key.text, of);
  }
  if (bytes > kMaxAnnotationBytes) {
    context.by_validator(annotations.front().key.span(), annotations_too_large, bytes);
  }
}

static void read_labels(Context& context, const std::vector<TextPair>& labels, const ObjectRules& rules,
                        Metadata& metadata) {
  for (const TextPair& label : labels) {
    check_label(context, label);
    if (rules.is_network_set && label.key.text == "projectcalico.org/namespace") {
      context.by_validator(label.key.span(), reserved_label);
    }
    metadata.labels.emplace(label.key.text, label.value.text);
  }
}

static void read_namespace(Context& context, const MetadataFields& fields, const ObjectRules& rules,
                           Metadata& metadata) {
  if (!rules.namespaced) {
    if (fields.namespace_name && !fields.namespace_name->text.empty()) {
      context.by_validator(fields.namespace_name.key, namespace_on_cluster_scoped, rules.kind)
          .fix(remove_field(fields.namespace_name.key, "namespace", Safety::Unsafe));
    }
    return;
  }
  // calicoctl fills it in (calicoctl/calicoctl/commands/common/resources.go, handleNamespace).
  const bool given = fields.namespace_name && !fields.namespace_name->text.empty();
  metadata.namespace_name = given ? fields.namespace_name->str() : "default";
  if (given) check_name(context, *fields.namespace_name);
}

std::optional<Metadata> read_metadata(Context& context, const Entry& object, const ObjectRules& rules) {
  const auto entry = member_of(object, "metadata");
  if (!entry || entry->value.is_null()) {
    report_missing(context, object, "metadata");
    return std::nullopt;
  }
  if (!expect_mapping(context, *entry)) return std::nullopt;

  MetadataFields fields;
  read_fields<MetadataFields>(context, *entry,
                              rules.computed_name ? kMetadataOfComputedName : kMetadataFields, fields);
  const bool left_out = rules.computed_name && !fields.name.written;
  if (!fields.name && !left_out) return std::nullopt;

  Metadata metadata;
  metadata.name = text_of(fields.name);
  metadata.name_span = left_out ? entry->key : fields.name.span;
  metadata.name_is_valid = left_out || check_name(context, *fields.name, rules.name);
  read_namespace(context, fields, rules, metadata);
  if (fields.labels) read_labels(context, *fields.labels, rules, metadata);
  if (fields.annotations) {
    check_annotations(context, *fields.annotations, "annotations");
    for (const TextPair& annotation : *fields.annotations) {
      metadata.annotations.emplace(annotation.key.text, annotation.value);
    }
  }
  if (fields.creation_timestamp) metadata.creation_timestamp = fields.creation_timestamp->str();
  return metadata;
}

}  // namespace untrack::frontend::resources
