#include "frontend/resources/selectors.h"

#include <algorithm>

#include "frontend/resources/field_diagnostics.h"
#include "frontend/resources/match_diagnostics.h"

namespace untrack::frontend::resources {

// MaxLength of the selector fields (Calico api/pkg/apis/projectcalico/v3), in characters.
static constexpr std::size_t kMaxSelectorCharacters = 1024;
static constexpr std::string_view kGlobalCall = "global(";

SourceSpan span_of(const Text& written, const SelectorError& error) {
  const std::size_t size = written.text.size();
  const std::size_t begin = std::min<std::size_t>(error.offset, size);
  return written.node.span(begin, std::min<std::size_t>(begin + error.length, size));
}

static void report_syntax(Context& context, const Text& written, const SelectorError& error) {
  const std::size_t begin = error.offset;
  Diagnostic& syntax = context.by_validator(span_of(written, error), selector_syntax, error.message);
  // The selector language has no line ends (Calico libcalico-go/lib/selector/tokenizer/tokenizer.go).
  if (begin < written.text.size() && written.text[begin] == '\n' &&
      written.node.style() == yaml::ScalarStyle::Block) {
    syntax.help("a selector holds no line end: write the block with `>-`, or the text on one line");
  } else if (!error.hint.empty()) {
    syntax.help(error.hint);
  }
}

std::optional<Text> any_selector(Context& context, const Entry& entry) {
  const auto written = text(context, entry);
  if (!written) return std::nullopt;
  const auto* error = std::get_if<SelectorError>(&context.selectors.parsed(written->text));
  if (error == nullptr) return written;
  report_syntax(context, *written, *error);
  return std::nullopt;
}

static bool is_short_enough(Context& context, const Text& written) {
  if (written.text.size() <= kMaxSelectorCharacters) return true;
  const std::size_t length = characters(written.text);
  if (length <= kMaxSelectorCharacters) return true;
  context.by_schema(written.span(), selector_too_long, length);
  return false;
}

static SourceSpan span_of_global(const Text& written) {
  const std::size_t at = written.text.find(kGlobalCall);
  return written.node.span(at, at + kGlobalCall.size() - 1);
}

std::optional<Text> unparsed_selector(Context& context, const Entry& entry) {
  const auto written = text(context, entry);
  return written && is_short_enough(context, *written) ? written : std::nullopt;
}

std::optional<Text> negated_selector(Context& context, const Entry& entry) {
  const auto written = any_selector(context, entry);
  return written && is_short_enough(context, *written) ? written : std::nullopt;
}

std::optional<Text> selector(Context& context, const Entry& entry) {
  const auto written = negated_selector(context, entry);
  if (!written || written->text.find(kGlobalCall) == std::string_view::npos) return written;
  context.by_schema(span_of_global(*written), global_in_selector);
  return std::nullopt;
}

// `global()`, blanks allowed around it and between its parentheses.
static bool is_global_alone(std::string_view text) {
  std::string without_blanks(text);
  std::erase_if(without_blanks, [](char c) { return c == ' ' || c == '\t'; });
  return without_blanks == "global()" && text.find(kGlobalCall) != std::string_view::npos;
}

std::optional<Text> rule_namespace_selector(Context& context, const Entry& entry) {
  const auto written = negated_selector(context, entry);
  if (!written || written->text.find(kGlobalCall) == std::string_view::npos) return written;
  if (is_global_alone(written->text)) return written;
  context.by_validator(span_of_global(*written), global_not_alone);
  return std::nullopt;
}

std::string_view text_of(const Slot<Text>& slot) {
  return slot ? slot->text : std::string_view();
}

void report_broken_join(Context& context, SourceSpan span, const SelectorError& error) {
  Diagnostic& broken = context.by_validator(span, effective_selector_broken, error.message);
  if (!error.hint.empty()) broken.help(error.hint);
}

}  // namespace untrack::frontend::resources
