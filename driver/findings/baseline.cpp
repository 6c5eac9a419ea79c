#include "driver/findings/baseline.h"

#include <fstream>
#include <iterator>
#include <tuple>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "driver/report/fingerprint.h"
#include "driver/visible.h"

namespace untrack::driver {

using Json = nlohmann::ordered_json;

// Of the file. Another way to make fingerprints is another version.
static constexpr int kVersionOfFile = 1;

// Nothing for what is no baseline.
static std::optional<Baseline> parse_baseline(const std::string& text) {
  const Json file = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!file.is_object() || file.value("version", Json()) != kVersionOfFile) return std::nullopt;
  const Json findings = file.value("findings", Json());
  if (!findings.is_array()) return std::nullopt;
  Baseline baseline;
  for (const Json& finding : findings) {
    if (!finding.is_object()) return std::nullopt;
    const Json hash = finding.value("fingerprint", Json()), count = finding.value("count", Json());
    if (!hash.is_string() || !count.is_number_unsigned()) return std::nullopt;
    baseline[hash.get<std::string>()] += count.get<unsigned>();
  }
  return baseline;
}

std::variant<Baseline, Failure> read_baseline(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) return Failure{ExitStatus::WorldFailed, fmt::format("cannot read the baseline `{}`", path)};
  std::optional<Baseline> baseline = parse_baseline(text);
  if (!baseline) {
    return Failure{ExitStatus::WrongUsage,
                   fmt::format("`{}` is no baseline of version {}; write one with --write-baseline", path,
                               kVersionOfFile)};
  }
  return *std::move(baseline);
}

std::vector<const Diagnostic*> new_findings(const SourceMap& sources, Findings findings,
                                            const Baseline& baseline) {
  const std::vector<Fingerprint> prints = fingerprints(sources, findings);
  std::vector<const Diagnostic*> fresh;
  for (std::size_t i = 0; i < findings.size(); ++i) {
    const auto known = baseline.find(prints[i].hash);
    if (known == baseline.end() || prints[i].occurrence > known->second) fresh.push_back(findings[i]);
  }
  return fresh;
}

std::string baseline_as_json(const SourceMap& sources, Findings findings) {
  struct Entry {
    const Diagnostic* finding = nullptr;
    unsigned count = 0;
  };
  const std::vector<Fingerprint> prints = fingerprints(sources, findings);
  std::map<std::tuple<std::string, std::string_view, std::string>, Entry> entries;
  for (std::size_t i = 0; i < findings.size(); ++i) {
    Entry& entry = entries[{prints[i].resource, findings[i]->info->code, prints[i].hash}];
    entry = {findings[i], entry.count + 1};
  }
  Json file = {{"version", kVersionOfFile}, {"findings", Json::array()}};
  for (const auto& [key, entry] : entries) {
    const auto& [resource, code, hash] = key;
    file["findings"].push_back({{"resource", resource},
                                {"code", code},
                                {"message", visible(entry.finding->message)},
                                {"count", entry.count},
                                {"fingerprint", hash}});
  }
  return file.dump(2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + '\n';
}

}  // namespace untrack::driver
