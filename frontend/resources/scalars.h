// The decoders of plain values. Scalars mean what they mean to Calico's tools (sigs.k8s.io/yaml: YAML 1.1
// words for booleans, Go's forms of integers), but no scalar is turned into text silently.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/resources/fields.h"

namespace untrack::frontend::resources {

// Text with the bytes that it was written in.
struct Text {
  std::string_view text;
  yaml::Node node;

  SourceSpan span() const { return node.span(); }
  std::string str() const { return std::string(text); }
};

enum class ScalarType : std::uint8_t { Text, Boolean, Number, NotFinite };  // NotFinite: `.inf`, `.nan`
ScalarType type_of(yaml::Node scalar);
bool truth_of(std::string_view boolean);    // of a scalar that is Boolean
double number_of(std::string_view number);  // of a scalar that is Number
// `a number`, `a list`: what a node is, for messages.
std::string_view described(yaml::Node node);
Diagnostic& report_wrong_type(Context& context, const Entry& entry, std::string_view wanted);

std::size_t characters(std::string_view utf8);
std::optional<Text> text(Context& context, const Entry& entry);
std::optional<bool> boolean(Context& context, const Entry& entry);
std::optional<double> number(Context& context, const Entry& entry);  // finite
std::optional<std::int64_t> integer(Context& context, const Entry& entry);
std::optional<std::monostate> anything(Context& context, const Entry& entry);
// `10s`, `1m30s` (Go time.ParseDuration).
std::optional<Text> duration(Context& context, const Entry& entry);
std::optional<std::monostate> integer_or_text(Context& context, const Entry& entry);
// A map of text to text, for labels; what is no text is reported and left out.
struct TextPair {
  Text key, value;
};
std::optional<std::vector<TextPair>> text_map(Context& context, const Entry& entry);

// Limits from both sides, inclusive.
std::optional<std::int64_t> within(Context& context, const Entry& entry, std::int64_t least,
                                   std::int64_t most);
template <std::int64_t least, std::int64_t most>
std::optional<std::int64_t> integer_within(Context& context, const Entry& entry) {
  return within(context, entry, least, most);
}

// Whether a value could be an item of the list that it should have been.
using ReadsAsItem = bool (*)(const Context& context, Entry entry);
template <auto decode>
bool reads_as_item(const Context& context, Entry entry) {
  Diagnostics unheard;
  Context quiet(unheard, context.role, context.selectors);
  quiet.policy_namespace = context.policy_namespace;
  quiet.in_profile = context.in_profile;
  entry.is_item = true;
  return decode(quiet, entry).has_value() && quiet.errors() == 0;
}

bool expect_sequence(Context& context, const Entry& entry, ReadsAsItem reads_as_item);
template <auto decode>
auto list(Context& context, const Entry& entry) {
  using Item = typename decltype(decode(context, entry))::value_type;
  std::optional<std::vector<Item>> items;
  if (!expect_sequence(context, entry, reads_as_item<decode>)) return items;
  items.emplace();
  items->reserve(entry.value.size());
  for (std::size_t i = 0; i < entry.value.size(); ++i) {
    if (auto item = decode(context, item_of(entry, i))) items->push_back(std::move(*item));
  }
  return items;
}

// One of a few words, in exactly this spelling.
std::optional<Text> word_of(Context& context, const Entry& entry, std::span<const std::string_view> words);
template <const auto& words>
std::optional<Text> word(Context& context, const Entry& entry) {
  return word_of(context, entry, words);
}
// The same in any letter case, and the empty text, as the schema of FelixConfiguration takes them.
std::optional<Text> word_in_any_case_of(Context& context, const Entry& entry,
                                        std::span<const std::string_view> words);
template <const auto& words>
std::optional<Text> word_in_any_case(Context& context, const Entry& entry) {
  return word_in_any_case_of(context, entry, words);
}

}  // namespace untrack::frontend::resources
