#include "frontend/resources/go_regex.h"

#include <algorithm>
#include <variant>

#include "frontend/resources/felix_diagnostics.h"
#include "ir/felix.h"
#include "support/go_regex.h"

namespace untrack::frontend::resources {

static std::optional<GoRegex::Refusal> refused_by_go(std::string_view expression) {
  const auto compiled = GoRegex::compile(expression);
  const auto* refusal = std::get_if<GoRegex::Refusal>(&compiled);
  return refusal && refusal->by_go ? std::optional(*refusal) : std::nullopt;
}

std::optional<Text> go_regex(Context& context, const Entry& entry) {
  const auto written = text(context, entry);
  if (!written) return std::nullopt;
  const auto refusal = refused_by_go(written->text);
  if (!refusal) return written;
  context.by_validator(written->node.span(refusal->offset, refusal->offset + refusal->length), invalid_regex,
                       written->text, refusal->reason);
  return std::nullopt;
}

std::optional<Text> felix_regex(Context& context, const Entry& entry) {
  auto written = text(context, entry);
  if (!written) return std::nullopt;
  const auto refusal = refused_by_go(written->text);
  if (!refusal) return written;
  context.by_validator(written->node.span(refusal->offset, refusal->offset + refusal->length),
                       regex_not_taken, written->text, refusal->reason, "none");
  written->text = {};
  return written;
}

std::optional<Text> interface_exclude(Context& context, const Entry& entry) {
  auto written = text(context, entry);
  if (!written) return std::nullopt;
  for (std::size_t begin = 0; begin < written->text.size();) {
    const std::size_t end = std::min(written->text.find(',', begin), written->text.size());
    const std::string_view item = written->text.substr(begin, end - begin);
    if (item.size() > 2 && item.starts_with('/') && item.ends_with('/')) {
      const std::string_view expression = item.substr(1, item.size() - 2);
      if (const auto refusal = refused_by_go(expression)) {
        const std::size_t at = begin + 1 + refusal->offset;
        context.by_validator(written->node.span(at, at + refusal->length), regex_not_taken, expression,
                             refusal->reason, ir::kDefaultInterfaceExclude);
        written->text = ir::kDefaultInterfaceExclude;
        return written;
      }
    }
    begin = end + 1;
  }
  return written;
}

}  // namespace untrack::frontend::resources
