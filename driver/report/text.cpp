#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "driver/report/report.h"
#include "driver/report/source_line.h"
#include "driver/styles.h"
#include "driver/visible.h"

namespace untrack::driver {

std::string summary(Findings findings) {
  static constexpr std::array kLevels = {Severity::Error, Severity::Warning, Severity::Info};
  std::string text;
  for (const Severity level : kLevels) {
    const auto count =
        std::ranges::count_if(findings, [&](const Diagnostic* d) { return d->info->severity == level; });
    if (count == 0) continue;
    const std::string_view plural = count > 1 && level != Severity::Info ? "s" : "";
    text += fmt::format("{}{} {}{}", text.empty() ? "" : ", ", count, to_string(level), plural);
  }
  return text;
}

std::string fixable_summary(Findings findings) {
  const auto count = [&](Safety safety) {
    return std::ranges::count_if(findings, [&](const Diagnostic* finding) {
      const Fix* fix = known_fix(*finding);
      return fix && fix->safety == safety;
    });
  };
  const auto safe = count(Safety::Safe), unsafe = count(Safety::Unsafe);
  std::string text;
  if (safe > 0) text += fmt::format("; {} fixable with --fix", safe);
  if (unsafe > 0)
    text += fmt::format("{} {} with --unsafe-fixes", text.empty() ? ";" : ",",
                        safe > 0 ? fmt::format("{} more", unsafe) : fmt::format("{} fixable", unsafe));
  return text;
}

namespace {

class TextWriter {
 public:
  TextWriter(const SourceMap& sources, bool color) : sources_(sources), color_(color) {}

  void write(const Diagnostic& finding) {
    const std::string code = finding.info->code.empty() ? "" : fmt::format(" [{}]", finding.info->code);
    const fmt::text_style level = style_of(finding.info->severity);
    heading(finding.span, to_string(finding.info->severity), level, visible(finding.message) + code);
    excerpt(finding.span, level);
    for (const Note& note : finding.notes) {
      heading(note.span, "note", kNoteStyle, visible(note.message));
      excerpt(note.span, kNoteStyle);
    }
    paragraph("witness", finding.witness_text);
    paragraph("help", finding.help_text);
    if (const Fix* fix = known_fix(finding)) {
      const std::string_view option = fix->safety == Safety::Safe ? "--fix" : "--fix --unsafe-fixes";
      paragraph("fix", fmt::format("{} ({})", fix->text, option));
    }
  }
  std::string take() { return std::move(text_); }

 private:
  static constexpr fmt::text_style kNoteStyle = fmt::fg(fmt::terminal_color::cyan) | fmt::emphasis::bold;

  void put(fmt::text_style with, std::string_view words) { text_ += styled(color_, with, words); }

  void heading(SourceSpan span, std::string_view level, fmt::text_style with, std::string_view message) {
    // Notes about things that were made up (built-in tiers, default failsafes) have no place to name.
    if (span.exists()) put(fmt::emphasis::bold, visible(sources_.place(span)) + ": ");
    put(with, fmt::format("{}:", level));
    text_ += fmt::format(" {}\n", message);
  }

  void excerpt(SourceSpan span, fmt::text_style with) {
    if (!span.exists()) return;
    const SourceLine line = source_line(sources_, span);
    text_ += fmt::format("{:>5} | {}\n      | ", line.number, line.text);
    const std::size_t carets = std::min(line.underline.find('^'), line.underline.size());
    text_ += line.underline.substr(0, carets);
    put(with, line.underline.substr(carets));
    text_ += '\n';
  }

  void paragraph(std::string_view label, std::string_view words) {
    if (words.empty()) return;
    put(fmt::emphasis::bold, fmt::format("  {}:", label));
    if (words.find('\n') == std::string_view::npos) {
      text_ += fmt::format(" {}\n", visible(words));
      return;
    }
    text_ += '\n';
    while (!words.empty()) {
      const std::size_t end = std::min(words.find('\n'), words.size());
      text_ += fmt::format("    {}\n", visible(words.substr(0, end)));
      words.remove_prefix(std::min(end + 1, words.size()));
    }
  }

  const SourceMap& sources_;
  bool color_;
  std::string text_;
};

}  // namespace

std::string render_text(const SourceMap& sources, Findings findings, bool color) {
  TextWriter writer(sources, color);
  for (const Diagnostic* finding : findings) writer.write(*finding);
  return writer.take();
}

}  // namespace untrack::driver
