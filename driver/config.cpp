#include "driver/config.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "driver/did_you_mean.h"
#include "driver/report/report.h"
#include "frontend/yaml/document.h"
#include "support/diagnostic.h"

namespace untrack::driver {

namespace fs = std::filesystem;
namespace yaml = frontend::yaml;

// Mistakes in this file are the caller's usage, not findings about policy: they have no code.
static constexpr DiagnosticKind<std::string> wrong_config{
    {"", "", Severity::Error, Compile::Refused, "", "", ""}, "{}"};

namespace {

// Fills a Config from the one mapping of the file, reporting each independent mistake.
class ConfigReader {
 public:
  ConfigReader(fs::path folder, Diagnostics& diagnostics)
      : folder_(std::move(folder)), diagnostics_(diagnostics) {}

  Config read(const yaml::Node& root) {
    if (!root.is_mapping()) {
      if (!root.is_null()) report(root, "the configuration must be a mapping");
      return {};
    }
    for (std::size_t i = 0; i < root.size(); ++i) read_key(root.key(i), root.value(i));
    return std::move(config_);
  }

 private:
  void read_key(const yaml::Node& key, const yaml::Node& value) {
    static constexpr std::array<std::string_view, 12> kKeys = {
        "select",           "ignore", "per-path-ignores", "fail-on",  "inventory",  "baseline", "targets",
        "accept-in-filter", "mark",   "proof-budget",     "versions", "explain-xdp"};
    const std::string_view name = key.text();
    if (name == "select")
      config_.select = codes(value);
    else if (name == "ignore")
      config_.ignore = codes(value);
    else if (name == "per-path-ignores")
      read_per_path(value);
    else if (name == "fail-on")
      read_fail_on(value);
    else if (name == "inventory")
      read_inventory(value);
    else if (name == "targets")
      read_targets(value);
    else if (name == "baseline")
      read_baseline(value);
    else if (name == "proof-budget")
      read_proof_budget(value);
    else if (name == "accept-in-filter")
      config_.accept_in_filter = yes_or_no(value);
    else if (name == "explain-xdp")
      config_.explain_xdp = yes_or_no(value);
    else if (name == "mark")
      read_mark(value);
    else if (name == "versions")
      read_versions(value);
    else
      report(key, fmt::format("unknown key `{}`{}", name, did_you_mean(name, kKeys)));
  }

  // One word or a list of words.
  std::vector<yaml::Node> words(const yaml::Node& value) {
    std::vector<yaml::Node> found;
    if (value.is_scalar()) found.push_back(value);
    for (std::size_t i = 0; value.is_sequence() && i < value.size(); ++i) found.push_back(value.item(i));
    const bool texts = std::ranges::all_of(found, &yaml::Node::is_scalar);
    if (texts && !value.is_mapping()) return found;
    report(value, "a text or a list of texts is due here");
    return {};
  }

  CodePrefixes codes(const yaml::Node& value) {
    CodePrefixes prefixes;
    for (const yaml::Node& word : words(value)) {
      if (const auto mistake = mistake_in_code_prefix(word.text()))
        report(word, *mistake);
      else
        prefixes.emplace_back(word.text());
    }
    return prefixes;
  }

  void read_per_path(const yaml::Node& value) {
    if (!value.is_mapping()) return report(value, "a mapping from path patterns to codes is due here");
    for (std::size_t i = 0; i < value.size(); ++i) {
      const fs::path pattern = (folder_ / value.key(i).text()).lexically_normal();
      config_.per_path_ignores.emplace_back(pattern.string(), codes(value.value(i)));
    }
  }

  void read_fail_on(const yaml::Node& value) {
    config_.fail_on = parse_fail_on(value.text());
    if (config_.fail_on) return;
    static constexpr std::array<std::string_view, 4> kLevels = {"error", "warning", "info", "never"};
    report(value, fmt::format("`{}` is none of {}{}", value.text(), fmt::join(kLevels, ", "),
                              did_you_mean(value.text(), kLevels)));
  }

  void read_inventory(const yaml::Node& value) {
    for (const yaml::Node& word : words(value)) {
      config_.inventory.push_back((folder_ / word.text()).lexically_normal().string());
    }
  }

  void read_baseline(const yaml::Node& value) {
    if (value.text().empty()) return report(value, "the path of a file is due here");
    config_.baseline = (folder_ / value.text()).lexically_normal().string();
  }

  void read_proof_budget(const yaml::Node& value) {
    const std::string_view text = value.text();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), config_.proof_budget);
    if (error != std::errc() || end != text.data() + text.size() || text.empty())
      report(value, "a number of edges is due here");
  }

  bool yes_or_no(const yaml::Node& value) {
    if (value.text() != "true" && value.text() != "false") report(value, "`true` or `false` is due here");
    return value.text() == "true";
  }

  void read_mark(const yaml::Node& value) {
    config_.mark = parse_mark(value.text());
    if (!config_.mark) report(value, "one bit of the packet mark is due here, such as 0x10000");
  }

  void read_versions(const yaml::Node& value) {
    static constexpr std::array<std::string_view, 4> kTools = {"nft", "iptables", "ipset", "kernel"};
    if (!value.is_mapping()) return report(value, "a mapping from tools to versions is due here");
    for (std::size_t i = 0; i < value.size(); ++i) {
      const std::string_view tool = value.key(i).text();
      const auto known = std::ranges::find(kTools, tool);
      const auto version = parse_version(value.value(i).text());
      if (known == kTools.end())
        report(value.key(i), fmt::format("`{}` is none of {}{}", tool, fmt::join(kTools, ", "),
                                         did_you_mean(tool, kTools)));
      else if (!version)
        report(value.value(i), "a version such as 1.0.6 is due here");
      else
        config_.versions[static_cast<backends::Tool>(known - kTools.begin())] = *version;
    }
  }

  void read_targets(const yaml::Node& value) {
    for (const yaml::Node& word : words(value)) {
      const auto target = parse_target(word.text());
      if (const auto* message = std::get_if<std::string>(&target))
        report(word, *message);
      else
        add_target(config_.targets, std::get<Target>(target));
    }
  }

  void report(const yaml::Node& where, const std::string& message) {
    diagnostics_.report(where.span(), wrong_config, message);
  }

  const fs::path folder_;
  Diagnostics& diagnostics_;
  Config config_;
};

}  // namespace

// Empty where there is none.
static fs::path nearest_config() {
  std::error_code code;
  const fs::path here = fs::current_path(code);
  for (fs::path folder = here; !folder.empty(); folder = folder.parent_path()) {
    const fs::path candidate = folder / ".untrack.yaml";
    if (fs::exists(candidate, code)) return candidate.lexically_proximate(here);
    if (folder == folder.root_path()) break;
  }
  return {};
}

std::variant<Config, Failure> read_config(SourceMap& sources, const InputOptions& options) {
  if (options.isolated) return Config{};
  const fs::path path = options.config.empty() ? nearest_config() : fs::path(options.config);
  if (path.empty()) return Config{};
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) return Failure{ExitStatus::WorldFailed, fmt::format("cannot read `{}`", path.string())};

  Diagnostics diagnostics;
  const BufferId buffer = sources.add(path.string(), std::move(text));
  const std::vector<yaml::Document> documents = yaml::parse(sources, buffer, diagnostics);
  Config config;
  if (!documents.empty())
    config = ConfigReader(path.parent_path(), diagnostics).read(documents.front().root());
  if (!diagnostics.empty()) {
    return Failure{ExitStatus::WrongUsage, fmt::format("wrong configuration\n{}",
                                                       render_text(sources, diagnostics.in_order(), false))};
  }
  return config;
}

backends::Options artifact_options(const Config& config) {
  backends::Options options{.program_mark = config.mark.value_or(kDefaultMark), .versions = config.versions};
  if (config.accept_in_filter) options.accept_mark = options.program_mark;
  return options;
}

bool wanted(const Config& config, std::string_view code, const std::string& file) {
  if (config.select && !covers(*config.select, code)) return false;
  if (covers(config.ignore, code)) return false;
  return std::ranges::none_of(config.per_path_ignores, [&](const auto& ignore) {
    const auto& [pattern, prefixes] = ignore;
    return covers(prefixes, code) && ::fnmatch(pattern.c_str(), file.c_str(), 0) == 0;
  });
}

}  // namespace untrack::driver
