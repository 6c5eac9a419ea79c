#include "frontend/resources/fields.h"

#include <algorithm>

#include <llvm/ADT/StringRef.h>

#include "frontend/resources/field_diagnostics.h"
#include "frontend/resources/scalars.h"
#include "support/nearest.h"
#include "support/yaml_text.h"

namespace untrack::frontend::resources {

// Names that people bring along from elsewhere, and what to write instead.
struct ForeignField {
  std::string_view name, help;
};
static constexpr std::string_view kOfGlobalPolicy =
    "only GlobalNetworkPolicy and StagedGlobalNetworkPolicy have it, in their `spec`";
static constexpr ForeignField kForeignFields[] = {
    {"doNotTrack", kOfGlobalPolicy},
    {"preDNAT", kOfGlobalPolicy},
    {"applyOnForward", kOfGlobalPolicy},
    {"namespaceSelector",
     "a NetworkPolicy counts in its own namespace; a rule has it in `source` and `destination`"},
    {"domains", "a feature of the commercial Calico; write the addresses as `nets`"},
    {"allowedEgressDomains", "a feature of the commercial Calico; write the addresses as `nets`"},
    {"net", "write the list `nets`"},
    {"notNet", "write the list `notNets`"},
    {"cidr", "write the list `nets`"},
    {"port", "write the list `ports`"},
    {"tag", "tags are gone since Calico 3; write a `selector`"},
    {"from", "this is Kubernetes; Calico has `source`"},
    {"to", "this is Kubernetes; Calico has `destination`"},
    {"podSelector", "this is Kubernetes; Calico has `selector`"},
    {"policyTypes", "this is Kubernetes; Calico has `types`"},
    {"name", "the name stands in `metadata`; a rule has none, write it as a comment"},
    {"labels", "labels stand in `metadata`"},
    {"selector", "it stands in the `spec` of a policy, and in `source` and `destination` of a rule"},
    {"nets", "it stands in `source` or `destination` of a rule, and in the `spec` of a network set"},
    {"ports", "it stands in `source` or `destination` of a rule, and in the `spec` of an endpoint"},
    {"serviceAccountSelector", "a rule has `serviceAccounts` with a `selector`"},
    {"src", "write `source`"},
    {"dst", "write `destination`"},
    {"interface", "write `interfaceName`"},
    {"ips", "write the list `expectedIPs`"},
};

Entry item_of(const Entry& list, std::size_t index) {
  const yaml::Node item = list.value.item(index);
  const SourceSpan head = item.is_mapping() && item.size() > 0 ? item.key(0).span() : item.span();
  return {list.field, item, head, true};
}

std::optional<Entry> member_of(const Entry& mapping, std::string_view name) {
  if (!mapping.value.is_mapping()) return std::nullopt;
  for (std::size_t i = 0; i < mapping.value.size(); ++i) {
    const yaml::Node key = mapping.value.key(i);
    if (key.text() == name) return Entry{name, mapping.value.value(i), key.span()};
  }
  return std::nullopt;
}

bool is_written(yaml::Node mapping, std::string_view name) {
  const auto value = mapping.find(name);
  return value && !value->is_null();
}

std::optional<std::string_view> nearest_name(std::string_view name, std::span<const std::string_view> names) {
  const auto found = nearest(name, names);
  return found ? std::optional(names[*found]) : std::nullopt;
}

Fix write_instead(SourceSpan node, Scalar value, Safety safety) {
  std::string text = fmt::format("write `{}`", scalar_text(value));
  return {safety, FixEffect::Repaired, std::move(text), {SetScalar{node, std::move(value)}}};
}

Fix rename_key(SourceSpan key, std::string_view name, Safety safety) {
  return {safety, FixEffect::Repaired, fmt::format("write `{}`", name), {RenameKey{key, std::string(name)}}};
}

Fix remove_field(SourceSpan key, std::string_view name, Safety safety) {
  return {safety, FixEffect::Repaired, fmt::format("remove `{}`", name), {RemoveEntry{key}}};
}

static std::string described_object(const Entry& object) {
  return object.field.empty() ? "the object" : object.described();
}

std::optional<std::size_t> report_unknown(Context& context, const Entry& object, yaml::Node key,
                                          std::span<const std::string_view> names) {
  const std::string_view name = key.text();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!llvm::StringRef(name).equals_insensitive(llvm::StringRef(names[i]))) continue;
    context.by_validator(key.span(), field_letter_case, name, names[i])
        .fix(rename_key(key.span(), names[i], Safety::Safe));
    return i;
  }
  Diagnostic& unknown = context.by_validator(key.span(), unknown_field, name, described_object(object));
  const auto foreign = std::find_if(std::begin(kForeignFields), std::end(kForeignFields),
                                    [&](const ForeignField& f) { return f.name == name; });
  if (foreign != std::end(kForeignFields)) {
    unknown.help(std::string(foreign->help));
    return std::nullopt;
  }
  if (name.starts_with('-')) {
    unknown.help("an item of a list begins with `- `: a blank is missing behind the `-`");
    return std::nullopt;
  }
  const auto meant = nearest(name, names);
  if (meant) {
    unknown.help(fmt::format("did you mean `{}`?", names[*meant]))
        .fix(rename_key(key.span(), names[*meant], Safety::Unsafe));
  }
  return meant;
}

void report_missing(Context& context, const Entry& object, std::string_view name) {
  context.by_schema(object.key, missing_field, name, described_object(object));
}

// `selector:all()`
static bool lacks_blank_behind_colon(std::string_view text) {
  const std::size_t colon = text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
  return colon != 0 && colon != std::string_view::npos && text[colon] == ':';
}

bool expect_mapping(Context& context, const Entry& entry) {
  if (entry.value.is_mapping()) return true;
  Diagnostic& wrong = report_wrong_type(context, entry, "a mapping");
  if (entry.value.is_scalar() && lacks_blank_behind_colon(entry.value.text()))
    wrong.help("a key is told from its value by `: `: a blank is missing behind the `:`");
  return false;
}

}  // namespace untrack::frontend::resources
