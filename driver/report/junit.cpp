// The test report that most CI servers read. It never had a standard; this is the part that all of them know
// (the XML of Ant's JUnit task): one test case a finding, failed where the finding makes the run fail.
#include <fmt/format.h>

#include <algorithm>

#include "driver/report/finding_parts.h"
#include "driver/report/report.h"
#include "driver/visible.h"

namespace untrack::driver {

// Of text without control characters but line ends, which an attribute keeps only as references
// (XML 1.0 section 3.3.3).
static std::string escaped(std::string_view text) {
  std::string xml;
  for (const char c : text) {
    switch (c) {
      case '&': xml += "&amp;"; break;
      case '<': xml += "&lt;"; break;
      case '>': xml += "&gt;"; break;
      case '"': xml += "&quot;"; break;
      case '\n': xml += "&#10;"; break;
      default: xml += c;
    }
  }
  return xml;
}

static std::string test_case(const SourceMap& sources, const Diagnostic& finding, bool failed) {
  const bool placed = finding.span.exists();
  const std::string place = placed ? visible(sources.place(finding.span)) : std::string("input");
  const std::string file =
      placed ? visible(forge_path(sources.name(finding.span.buffer))) : std::string("input");
  const std::string message = visible(finding.message);
  const std::string name = escaped(fmt::format("{} {}", finding.info->code, place));
  std::string xml = fmt::format("    <testcase classname=\"{}\" name=\"{}\">\n", escaped(file), name);
  if (failed) {
    xml += fmt::format("      <failure type=\"{}\" message=\"{}\">{}</failure>\n", finding.info->code,
                       escaped(message),
                       escaped(fmt::format("{}: {}: {}\n{}", place, to_string(finding.info->severity),
                                           message, details(sources, finding))));
  } else {
    xml += fmt::format("      <skipped message=\"{}\"/>\n",
                       escaped(fmt::format("{}: {}", to_string(finding.info->severity), message)));
  }
  return xml + "    </testcase>\n";
}

std::string render_junit(const SourceMap& sources, Findings findings, FailOn level) {
  const auto fails = [&](const Diagnostic* finding) { return reaches(level, finding->info->severity); };
  const auto failures = std::ranges::count_if(findings, fails);
  // A suite without any case counts as a run that broke off.
  const std::size_t tests = std::max<std::size_t>(findings.size(), 1);
  std::string xml = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites>\n"
      "  <testsuite name=\"untrack lint\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\">\n",
      tests, failures, findings.size() - static_cast<std::size_t>(failures));
  if (findings.empty()) xml += "    <testcase classname=\"untrack\" name=\"lint\"/>\n";
  for (const Diagnostic* finding : findings) xml += test_case(sources, *finding, fails(finding));
  return xml + "  </testsuite>\n</testsuites>\n";
}

}  // namespace untrack::driver
