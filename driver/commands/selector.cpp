#include <fmt/format.h>

#include <algorithm>

#include <nlohmann/json.hpp>

#include "driver/commands/commands.h"
#include "driver/report/report.h"
#include "frontend/selector/parse.h"

namespace untrack::driver {

// No policy is wrong here, only an argument: there is no code to look up.
static constexpr DiagnosticKind<std::string> wrong_selector{
    {"", "", Severity::Error, Compile::Refused, "", "", ""}, "{}"};

// One line of ours, whatever is in it: Calico's string literals may hold line breaks.
static std::string one_line(const std::string& text) {
  if (std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; })) return text;
  return nlohmann::json(text).dump(-1, ' ', /*ensure_ascii=*/false, nlohmann::json::error_handler_t::replace);
}

static ExitStatus refuse(const SelectorOptions& options, const frontend::SelectorError& error,
                         Console& console) {
  SourceMap sources;
  Diagnostics diagnostics;
  const BufferId buffer = sources.add("<selector>", options.expression);
  const SourceSpan span{buffer, error.offset, error.offset + error.length};
  Diagnostic& finding = diagnostics.report(span, wrong_selector, error.message);
  if (!error.hint.empty()) finding.help(error.hint);
  const bool color = options.report.color == Color::Always ||
                     (options.report.color == Color::Auto && console.err_is_terminal && !console.no_color);
  console.err << render_text(sources, diagnostics.in_order(), color);
  return ExitStatus::Findings;
}

static bool matches(const ir::Selector& selector,
                    const std::vector<std::pair<std::string, std::string>>& labels) {
  return selector.matches([&](std::string_view key) -> std::optional<std::string_view> {
    // Of a key that is given twice the last value counts, as in a shell.
    for (auto label = labels.rbegin(); label != labels.rend(); ++label) {
      if (label->first == key) return label->second;
    }
    return std::nullopt;
  });
}

ExitStatus selector(const SelectorOptions& options, Console& console) {
  const auto parsed = frontend::parse_selector(options.expression);
  if (const auto* error = std::get_if<frontend::SelectorError>(&parsed))
    return refuse(options, *error, console);
  const auto& valid = std::get<ir::Selector>(parsed);
  console.out << fmt::format("canonical {}\nid {}\n", one_line(valid.canonical()), valid.unique_id());
  if (options.labels) console.out << fmt::format("match {}\n", matches(valid, *options.labels));
  console.out.flush();
  return ExitStatus::Done;
}

}  // namespace untrack::driver
