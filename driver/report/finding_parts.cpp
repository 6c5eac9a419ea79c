#include "driver/report/finding_parts.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "driver/visible.h"

namespace untrack::driver {

static std::string paragraph(std::string_view label, std::string_view words) {
  if (words.empty()) return {};
  if (words.find('\n') == std::string_view::npos) return fmt::format("{}: {}\n", label, visible(words));
  std::string text = fmt::format("{}:\n", label);
  while (!words.empty()) {
    const std::size_t end = std::min(words.find('\n'), words.size());
    text += fmt::format("  {}\n", visible(words.substr(0, end)));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return text;
}

std::string details(const SourceMap& sources, const Diagnostic& finding, Notes notes) {
  std::string text;
  for (const Note& note : finding.notes) {
    if (!note.span.exists())
      text += fmt::format("note: {}\n", visible(note.message));
    else if (notes == Notes::All)
      text += fmt::format("note: {}: {}\n", visible(sources.place(note.span)), visible(note.message));
  }
  text += paragraph("witness", finding.witness_text);
  text += paragraph("help", finding.help_text);
  return text;
}

std::string forge_path(std::string_view name) {
  return std::filesystem::path(name).lexically_normal().string();
}

Region region(const SourceMap& sources, SourceSpan span) {
  return {sources.position(span.buffer, span.begin), sources.position(span.buffer, span.end)};
}

}  // namespace untrack::driver
