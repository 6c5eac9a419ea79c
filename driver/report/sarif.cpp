// SARIF 2.1.0 (OASIS Standard, 27 March 2020); section numbers are its own. What GitHub asks for beyond it:
// docs.github.com, "SARIF support for code scanning".
#include <fmt/format.h>

#include <algorithm>

#include <nlohmann/json.hpp>

#include "driver/catalogue/pages.h"
#include "driver/report/finding_parts.h"
#include "driver/report/fingerprint.h"
#include "driver/report/report.h"
#include "driver/version.h"
#include "driver/visible.h"

namespace untrack::driver {

using Json = nlohmann::ordered_json;

static std::string_view level(Severity severity) {  // 3.27.10
  switch (severity) {
    case Severity::Error: return "error";
    case Severity::Warning: return "warning";
    case Severity::Info: return "note";
  }
  __builtin_unreachable();
}

// RFC 3986: what is neither unreserved nor a separator of the path becomes %XX.
static std::string uri(std::string_view file) {
  static constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  const std::string path = forge_path(file);
  std::string text = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    if (kPlain.find(c) != std::string_view::npos)
      text += c;
    else
      text += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return text;
}

static Json location(const SourceMap& sources, SourceSpan span) {  // 3.28
  const auto [begin, end] = region(sources, span);
  Json where;
  where["physicalLocation"]["artifactLocation"]["uri"] = uri(sources.name(span.buffer));
  where["physicalLocation"]["region"] = {{"startLine", begin.line},
                                         {"startColumn", begin.column},
                                         {"endLine", end.line},
                                         {"endColumn", end.column}};  // one behind the last (3.30.8)
  return where;
}

static Json related_locations(const SourceMap& sources, const Diagnostic& finding) {
  Json related = Json::array();
  for (const Note& note : finding.notes) {
    if (!note.span.exists()) continue;
    Json where = location(sources, note.span);
    where["id"] = related.size();
    where["message"]["text"] = visible(note.message);
    related.push_back(std::move(where));
  }
  return related;
}

static Json rule(const CatalogueEntry& entry) {  // 3.49
  const DiagnosticInfo& info = *entry.info;
  return {{"id", info.code},
          {"name", info.name},
          {"shortDescription", {{"text", info.summary}}},
          {"fullDescription", {{"text", info.why}}},
          {"help", {{"text", explain(entry, false)}, {"markdown", explain_as_markdown(entry)}}},
          {"defaultConfiguration", {{"level", level(info.severity)}}}};
}

// Those that have results, by code.
static std::vector<CatalogueEntry> used_rules(Findings findings) {
  std::vector<CatalogueEntry> entries = catalogue();
  std::erase_if(entries, [&](const CatalogueEntry& entry) {
    return std::ranges::none_of(
        findings, [&](const Diagnostic* finding) { return finding->info->code == entry.info->code; });
  });
  return entries;
}

static Json result(const SourceMap& sources, const Diagnostic& finding,
                   const Fingerprint& fingerprint) {  // 3.27
  std::string text = visible(finding.message) + '\n' + details(sources, finding, Notes::WithoutPlace);
  text.pop_back();  // the line end of its last line
  Json object = {{"ruleId", finding.info->code},
                 {"level", level(finding.info->severity)},
                 {"message", {{"text", std::move(text)}}}};
  if (finding.span.exists()) object["locations"].push_back(location(sources, finding.span));
  Json related = related_locations(sources, finding);
  if (!related.empty()) object["relatedLocations"] = std::move(related);
  object["partialFingerprints"]["untrackFinding/v1"] = fingerprint.text();
  return object;
}

std::string render_sarif(const SourceMap& sources, Findings findings) {
  const std::vector<CatalogueEntry> entries = used_rules(findings);
  const std::vector<Fingerprint> prints = fingerprints(sources, findings);
  Json driver = {{"name", "untrack"}, {"version", kVersion}, {"rules", Json::array()}};
  for (const CatalogueEntry& entry : entries) driver["rules"].push_back(rule(entry));
  Json results = Json::array();
  for (std::size_t i = 0; i < findings.size(); ++i) {
    Json object = result(sources, *findings[i], prints[i]);
    const auto entry =
        std::ranges::find(entries, findings[i]->info->code,
                          [](const CatalogueEntry& candidate) { return candidate.info->code; });
    if (entry != entries.end()) object["ruleIndex"] = entry - entries.begin();
    results.push_back(std::move(object));
  }
  Json run = {{"tool", {{"driver", std::move(driver)}}},
              {"columnKind", "unicodeCodePoints"},
              {"results", std::move(results)}};
  const Json log = {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                    {"version", "2.1.0"},
                    {"runs", Json::array({std::move(run)})}};
  return log.dump(2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + '\n';
}

}  // namespace untrack::driver
