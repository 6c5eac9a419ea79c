// `metadata`: the name of an object, its labels and annotations.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/resources/scalars.h"
#include "ir/policy.h"

namespace untrack::frontend::resources {

// What the kind of an object asks of its name.
enum class NameRule : std::uint8_t { Subdomain, OneDot, NamespacedPolicy, Tier };

struct ObjectRules {
  std::string_view kind;
  bool namespaced = false;
  NameRule name = NameRule::Subdomain;
  bool is_network_set = false;
  bool computed_name = false;  // the name follows from `spec` and may be left out
};

struct Metadata {
  std::string name;
  std::string namespace_name;  // empty for the kinds of the cluster
  SourceSpan name_span;
  bool name_is_valid = true;
  ir::Labels labels;
  std::map<std::string, Text, std::less<>> annotations;
  std::string creation_timestamp;
};

// Nothing where there is no name: such an object cannot be spoken of. Empty where it may be left out.
std::optional<Metadata> read_metadata(Context& context, const Entry& object, const ObjectRules& rules);

// Name checks that other fields share: general rule and length, reported at the text.
bool check_name(Context& context, const Text& name);
void check_label(Context& context, const TextPair& label);
void check_annotations(Context& context, const std::vector<TextPair>& annotations, std::string_view of);

}  // namespace untrack::frontend::resources
