// The decoders of selector fields; what they give has been parsed once and is known to be right by itself,
// but for `unparsed_selector`.
#pragma once
#include <optional>

#include "frontend/resources/scalars.h"
#include "ir/policy.h"

namespace untrack::frontend::resources {

// Of a policy, and `selector` of a rule: no `global(`, not even in a string.
std::optional<Text> selector(Context& context, const Entry& entry);
// `notSelector` of a rule: `global()` passes here, and is true.
std::optional<Text> negated_selector(Context& context, const Entry& entry);
// `namespaceSelector` of a rule: `global()` alone or not at all.
std::optional<Text> rule_namespace_selector(Context& context, const Entry& entry);
// `nodeSelector` of settings: the server looks at its length alone.
std::optional<Text> unparsed_selector(Context& context, const Entry& entry);
// No limit but the language.
std::optional<Text> any_selector(Context& context, const Entry& entry);

// The text of a field, empty where it has none.
std::string_view text_of(const Slot<Text>& slot);
// Where an error in a selector's text is written.
SourceSpan span_of(const Text& written, const SelectorError& error);
void report_broken_join(Context& context, SourceSpan span, const SelectorError& error);

}  // namespace untrack::frontend::resources
