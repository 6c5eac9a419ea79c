// GitLab's code quality report (docs.gitlab.com/ci/testing/code_quality, "Code Quality report format").
#include <nlohmann/json.hpp>

#include "driver/report/finding_parts.h"
#include "driver/report/fingerprint.h"
#include "driver/report/report.h"
#include "driver/visible.h"

namespace untrack::driver {

using Json = nlohmann::ordered_json;

static std::string_view level(Severity severity) {
  switch (severity) {
    case Severity::Error: return "critical";
    case Severity::Warning: return "minor";
    case Severity::Info: return "info";
  }
  __builtin_unreachable();
}

// GitLab leaves out an entry without a place: what belongs to no file is said of the folder.
static Json location(const SourceMap& sources, SourceSpan span) {
  if (!span.exists()) return {{"path", "."}, {"lines", {{"begin", 1}, {"end", 1}}}};
  const auto [begin, end] = region(sources, span);
  return {{"path", forge_path(sources.name(span.buffer))},
          {"lines", {{"begin", begin.line}, {"end", end.line}}}};
}

std::string render_gitlab(const SourceMap& sources, Findings findings) {
  const std::vector<Fingerprint> prints = fingerprints(sources, findings);
  Json report = Json::array();
  for (std::size_t i = 0; i < findings.size(); ++i) {
    const Diagnostic& finding = *findings[i];
    report.push_back({{"description", visible(finding.message)},
                      {"check_name", finding.info->code},
                      {"fingerprint", prints[i].text()},
                      {"severity", level(finding.info->severity)},
                      {"location", location(sources, finding.span)}});
  }
  return report.dump(2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + '\n';
}

}  // namespace untrack::driver
