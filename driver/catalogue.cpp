#include "driver/catalogue.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "backends/iptables/diagnostics.h"
#include "backends/nft/diagnostics.h"
#include "driver/diagnostics.h"
#include "driver/examples.h"
#include "driver/render.h"
#include "frontend/diagnostics.h"
#include "passes/diagnostics.h"
#include "passes/lint/diagnostics.h"

namespace untrack::driver {

static std::array<DiagnosticList, 6> lists_of_all_folders() {
  return {driver::diagnostics(),       frontend::diagnostics(),      passes::diagnostics(),
          passes::lint::diagnostics(), backends::nft::diagnostics(), backends::iptables::diagnostics()};
}

std::vector<CatalogueEntry> catalogue() {
  std::vector<CatalogueEntry> entries;
  for (const DiagnosticList list : lists_of_all_folders()) {
    for (const DiagnosticInfo* info : list) {
      const auto example = std::ranges::find(examples(), info->code, &Example::code);
      if (example == examples().end())
        entries.push_back({info, {}, {}});
      else
        entries.push_back({info, example->bad, example->good});
    }
  }
  std::ranges::sort(entries, {}, [](const CatalogueEntry& entry) { return entry.info->code; });
  return entries;
}

static std::string_view effect_on_compile(const DiagnosticInfo& info) {
  return info.compile == Compile::Refused ? "refuses the compile" : "does not stop a compile";
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

// For a terminal. Words are never cut.
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

static std::string section(std::string_view title, std::string_view yaml) {
  return yaml.empty() ? std::string() : fmt::format("\n{}:\n\n{}", title, visible_lines(yaml, "    "));
}

std::string explain(const CatalogueEntry& entry) {
  const DiagnosticInfo& info = *entry.info;
  return fmt::format("{} {}: {}, {}\n\n{}\n\n{}\n{}{}\nSource: {}\n", info.code, info.name,
                     to_string(info.severity), effect_on_compile(info), wrapped(info.summary),
                     wrapped(info.why), section("Reported", entry.bad), section("Not reported", entry.good),
                     wrapped(info.source));
}

static std::string_view group_title(std::string_view code) {
  switch (code.at(2)) {
    case '0': return "UT0: reading";
    case '1': return "UT1: Calico would refuse or ignore it";
    case '2': return "UT2: stateless traffic";
    case '3': return "UT3: dead or redundant";
    case '4': return "UT4: where dataplanes differ or cannot do it";
    case '5': return "UT5: exposure";
    case '6': return "UT6: size";
    default: return "Other";
  }
}

// Examples may hold what would end a fence of three.
static std::string fenced(std::string_view title, std::string_view yaml) {
  if (yaml.empty()) return {};
  return fmt::format("\n{}:\n\n````yaml\n{}````\n", title, visible_lines(yaml, ""));
}

std::string explain_as_markdown(const CatalogueEntry& entry) {
  const DiagnosticInfo& info = *entry.info;
  return fmt::format("{}; {}.\n\n{}\n\n{}\n{}{}\nSource: {}\n", to_string(info.severity),
                     effect_on_compile(info), info.summary, info.why, fenced("Reported", entry.bad),
                     fenced("Not reported", entry.good), info.source);
}

std::string catalogue_as_markdown() {
  std::string text =
      "# Diagnostics\n\n"
      "Written by `untrack rules --format md`; do not edit. Codes are stable for ever.\n";
  std::string_view group;
  for (const CatalogueEntry& entry : catalogue()) {
    const DiagnosticInfo& info = *entry.info;
    if (group != group_title(info.code)) {
      group = group_title(info.code);
      text += fmt::format("\n## {}\n", group);
    }
    text += fmt::format("\n### {} {}\n\n{}", info.code, info.name, explain_as_markdown(entry));
  }
  return text;
}

std::string catalogue_as_json() {
  using Json = nlohmann::ordered_json;
  Json rules = Json::array();
  for (const CatalogueEntry& entry : catalogue()) {
    const DiagnosticInfo& info = *entry.info;
    Json rule = {{"code", info.code},
                 {"name", info.name},
                 {"level", to_string(info.severity)},
                 {"refuses_compile", info.compile == Compile::Refused},
                 {"summary", info.summary},
                 {"why", info.why},
                 {"source", info.source}};
    if (!entry.bad.empty()) rule["bad"] = entry.bad;
    if (!entry.good.empty()) rule["good"] = entry.good;
    rules.push_back(std::move(rule));
  }
  return rules.dump(2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + '\n';
}

}  // namespace untrack::driver
