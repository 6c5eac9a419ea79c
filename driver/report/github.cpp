// Workflow commands of GitHub Actions: the runner turns each line into an annotation of the change
// (docs.github.com, "Workflow commands for GitHub Actions"; escapes: actions/toolkit, core/src/command.ts).
#include <fmt/format.h>

#include "driver/report/finding_parts.h"
#include "driver/report/report.h"
#include "driver/visible.h"

namespace untrack::driver {

static std::string escaped_data(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '%': escaped += "%25"; break;
      case '\r': escaped += "%0D"; break;
      case '\n': escaped += "%0A"; break;
      default: escaped += c;
    }
  }
  return escaped;
}

// Properties end with `,` and `:` besides.
static std::string escaped_property(std::string_view text) {
  std::string escaped;
  for (const char c : escaped_data(text)) {
    switch (c) {
      case ':': escaped += "%3A"; break;
      case ',': escaped += "%2C"; break;
      default: escaped += c;
    }
  }
  return escaped;
}

static std::string_view command(Severity severity) {
  switch (severity) {
    case Severity::Error: return "error";
    case Severity::Warning: return "warning";
    case Severity::Info: return "notice";
  }
  __builtin_unreachable();
}

// Columns have a meaning only within one line.
static std::string place(const SourceMap& sources, SourceSpan span) {
  if (!span.exists()) return {};
  const auto [begin, end] = region(sources, span);
  std::string text =
      fmt::format("file={},line={},endLine={},", escaped_property(forge_path(sources.name(span.buffer))),
                  begin.line, end.line);
  if (begin.line == end.line) text += fmt::format("col={},endColumn={},", begin.column, end.column);
  return text;
}

std::string render_github(const SourceMap& sources, Findings findings) {
  std::string text;
  for (const Diagnostic* finding : findings) {
    std::string message = visible(finding->message) + '\n' + details(sources, *finding);
    message.pop_back();  // the line end of its last line
    text +=
        fmt::format("::{} {}title={}::{}\n", command(finding->info->severity), place(sources, finding->span),
                    escaped_property(fmt::format("{} {}", finding->info->code, finding->info->name)),
                    escaped_data(message));
  }
  return text;
}

}  // namespace untrack::driver
