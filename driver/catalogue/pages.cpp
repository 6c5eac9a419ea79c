#include "driver/catalogue/pages.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "driver/styles.h"
#include "driver/unified_diff.h"
#include "driver/visible.h"

namespace untrack::driver {

static std::string_view effect_on_compile(const DiagnosticInfo& info) {
  return info.compile == Compile::Refused ? "refuses the compile" : "does not stop a compile";
}

// Behind the effect on a compile.
static std::string fixability(const DiagnosticInfo& info, std::string_view separator) {
  switch (info.fixable) {
    case Fixable::No: return {};
    case Fixable::Unsafely: return fmt::format("{}fixable with --unsafe-fixes", separator);
    case Fixable::Safely: return fmt::format("{}fixable", separator);
  }
  __builtin_unreachable();
}

// For tables and programs.
static std::string_view fix_word(const DiagnosticInfo& info) {
  switch (info.fixable) {
    case Fixable::No: return "";
    case Fixable::Unsafely: return "unsafe";
    case Fixable::Safely: return "safe";
  }
  __builtin_unreachable();
}

static std::string_view fix_options(const DiagnosticInfo& info) {
  return info.fixable == Fixable::Safely ? "--fix" : "--fix --unsafe-fixes";
}

static std::string fix_of_example(const CatalogueEntry& entry) {
  if (entry.example.fixed.empty()) return {};
  return unified_diff("bad.yaml", entry.example.bad, entry.example.fixed);
}

// The examples of UT0xx hold bytes that neither a terminal nor a Markdown file should meet.
static std::string visible_lines(std::string_view text, std::string_view indent) {
  std::string lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines += fmt::format("{}{}\n", end == 0 ? "" : indent, visible(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// ---- for a terminal

// Words are never cut.
static std::string wrapped(std::string_view text) {
  static constexpr std::size_t kColumns = 100;
  std::string lines, line;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && line.size() + 1 + word.size() > kColumns) {
      lines += line + '\n';
      line.clear();
    }
    line += (line.empty() ? "" : " ") + std::string(word);
  }
  return lines + line;
}

static std::string section(std::string_view title, std::string_view text, bool color) {
  if (text.empty()) return {};
  return fmt::format("\n{}\n\n{}", styled(color, fmt::emphasis::bold, fmt::format("{}:", title)),
                     visible_lines(text, "    "));
}

std::string explain(const CatalogueEntry& entry, bool color) {
  const DiagnosticInfo& info = *entry.info;
  const std::string head = styled(color, fmt::emphasis::bold, fmt::format("{} {}", info.code, info.name)) +
                           ": " + styled(color, style_of(info.severity), to_string(info.severity)) + ", " +
                           std::string(effect_on_compile(info)) + fixability(info, ", ");
  return fmt::format(
      "{}\n\n{}\n\n{}\n{}{}{}{}{}\nSource: {}\n", head, wrapped(info.summary), wrapped(info.why),
      section("Settings (.untrack.yaml)", entry.example.config, color),
      section("Reported", entry.example.bad, color),
      section("As `untrack lint bad.yaml` shows it", entry.example.output, color),
      section(fmt::format("What `untrack lint {}` changes", fix_options(info)), fix_of_example(entry), color),
      section("Not reported", entry.example.good, color), wrapped(info.source));
}

std::string catalogue_as_text(Catalogue entries, bool color) {
  std::size_t width = 0;
  for (const CatalogueEntry& entry : entries) width = std::max(width, entry.info->name.size());
  std::string text;
  std::string_view group;
  for (const CatalogueEntry& entry : entries) {
    const DiagnosticInfo& info = *entry.info;
    if (group != group_title(info.code)) {
      text += group.empty() ? "" : "\n";
      group = group_title(info.code);
      text += styled(color, fmt::emphasis::bold, group) + '\n';
    }
    text += fmt::format("{}  {}  {:6}  {:{}}  {}\n", info.code,
                        styled(color, style_of(info.severity), fmt::format("{:7}", to_string(info.severity))),
                        fix_word(info), info.name, width, info.summary);
  }
  return text;
}

// ---- Markdown

// Examples may hold what would end a fence of three.
static std::string fenced(std::string_view title, std::string_view language, std::string_view text) {
  if (text.empty()) return {};
  return fmt::format("\n{}:\n\n````{}\n{}````\n", title, language, visible_lines(text, ""));
}

std::string explain_as_markdown(const CatalogueEntry& entry) {
  const DiagnosticInfo& info = *entry.info;
  return fmt::format(
      "{}; {}{}.\n\n{}\n\n{}\n{}{}{}{}{}\nSource: {}\n", to_string(info.severity), effect_on_compile(info),
      fixability(info, "; "), info.summary, info.why,
      fenced("Settings (`.untrack.yaml`)", "yaml", entry.example.config),
      fenced("Reported", "yaml", entry.example.bad),
      fenced("As `untrack lint bad.yaml` shows it", "text", entry.example.output),
      fenced(fmt::format("What `untrack lint {}` changes", fix_options(info)), "diff", fix_of_example(entry)),
      fenced("Not reported", "yaml", entry.example.good), info.source);
}

std::string catalogue_as_markdown(Catalogue entries) {
  std::string text = "# Rules\n";
  std::string_view group;
  for (const CatalogueEntry& entry : entries) {
    const DiagnosticInfo& info = *entry.info;
    if (group != group_title(info.code)) {
      group = group_title(info.code);
      text += fmt::format("\n## {}\n", group);
    }
    text += fmt::format("\n### {} {}\n\n{}", info.code, info.name, explain_as_markdown(entry));
  }
  return text;
}

static std::string index_page(Catalogue entries) {
  std::string text =
      "# Rules\n\n"
      "What `untrack` can report, a page for each rule. Codes are stable for ever. These pages are written "
      "by\n"
      "`untrack rules --format md -o docs/rules` from the table in the program; do not edit them.\n";
  std::string_view group;
  for (const CatalogueEntry& entry : entries) {
    const DiagnosticInfo& info = *entry.info;
    if (group != group_title(info.code)) {
      group = group_title(info.code);
      text +=
          fmt::format("\n## {}\n\n| code | name | level | fix | reported |\n|---|---|---|---|---|\n", group);
    }
    text += fmt::format("| [{0}]({0}.md) | {1} | {2} | {3} | {4} |\n", info.code, info.name,
                        to_string(info.severity), fix_word(info), info.summary);
  }
  return text;
}

static std::string rule_page(const CatalogueEntry& entry) {
  return fmt::format("# {} {}\n\n{}\n[All rules](README.md)\n", entry.info->code, entry.info->name,
                     explain_as_markdown(entry));
}

std::vector<OutputFile> catalogue_as_pages(Catalogue entries, const std::string& folder) {
  std::vector<OutputFile> pages = {{folder + "/README.md", index_page(entries)}};
  for (const CatalogueEntry& entry : entries)
    pages.push_back({fmt::format("{}/{}.md", folder, entry.info->code), rule_page(entry)});
  return pages;
}

// ---- for programs

std::string catalogue_as_json(Catalogue entries) {
  using Json = nlohmann::ordered_json;
  Json rules = Json::array();
  for (const CatalogueEntry& entry : entries) {
    const DiagnosticInfo& info = *entry.info;
    Json rule = {{"code", info.code},
                 {"name", info.name},
                 {"level", to_string(info.severity)},
                 {"refuses_compile", info.compile == Compile::Refused},
                 {"summary", info.summary},
                 {"why", info.why},
                 {"source", info.source}};
    if (info.fixable != Fixable::No) rule["fixable"] = fix_word(info);
    const std::pair<const char*, std::string_view> parts[] = {{"config", entry.example.config},
                                                              {"bad", entry.example.bad},
                                                              {"output", entry.example.output},
                                                              {"fixed", entry.example.fixed},
                                                              {"good", entry.example.good}};
    for (const auto& [name, text] : parts) {
      if (!text.empty()) rule[name] = text;
    }
    rules.push_back(std::move(rule));
  }
  return rules.dump(2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + '\n';
}

}  // namespace untrack::driver
