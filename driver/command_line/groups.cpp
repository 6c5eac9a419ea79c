#include "driver/command_line/groups.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <ranges>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "driver/did_you_mean.h"
#include "ir/interface_name.h"
#include "ir/packet_space.h"

namespace untrack::driver {

Take set(std::string& value) {
  return [&value](const std::string& word) -> Mistake {
    value = word;
    return std::nullopt;
  };
}

Take set(bool& flag) {
  return [&flag](const std::string&) -> Mistake {
    flag = true;
    return std::nullopt;
  };
}

Take append(std::vector<std::string>& values) {
  return [&values](const std::string& word) -> Mistake {
    values.push_back(word);
    return std::nullopt;
  };
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    if (end > begin) parts.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

// A whole number from `least` to `most`, and nothing around it.
template <class Number>
static bool take_number(const std::string& word, Number& number, Number least, Number most) {
  Number read = 0;
  const char* end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, read);
  if (error != std::errc() || stop != end || read < least || read > most) return false;
  number = read;
  return true;
}

// ---- inputs

void add_paths(Options& options, InputOptions& input) {
  options.push_back(
      {.name = "PATH",
       .words = Words::Many,
       .take = append(input.paths),
       .text = "Files, folders (.yaml .yml .json inside them), or - for standard input (default: .)",
       .is_path = true});
}

void add_inputs(Options& options, InputOptions& input) {
  options.push_back(
      {.name = "--inventory",
       .value = "PATH",
       .words = Words::Each,
       .take = append(input.inventory),
       .text = "Resources that resolve selectors but are not linted: dumps of endpoints, sets, pods, nodes",
       .is_path = true});
  options.push_back({.name = "--stdin-filename",
                     .value = "NAME",
                     .take = set(input.stdin_name),
                     .text = "The name that messages give to standard input",
                     .default_word = input.stdin_name});
  options.push_back({.name = "--config",
                     .value = "FILE",
                     .take = set(input.config),
                     .text = "Configuration (default: the nearest .untrack.yaml upwards)",
                     .is_path = true});
  options.push_back({.name = "--isolated",
                     .words = Words::None,
                     .take = set(input.isolated),
                     .text = "Read no configuration file",
                     .excludes = "--config"});
}

static Mistake take_interface(const std::string& text, passes::LowerOptions& lower) {
  const std::size_t colon = text.find(':'), equals = text.rfind('=');
  if (colon == std::string::npos || equals == std::string::npos || equals < colon || colon == 0 ||
      equals + 1 == text.size()) {
    return fmt::format("`{}` is not of the form NODE:ADDRESS=NAME", text);
  }
  const std::string address_text = text.substr(colon + 1, equals - colon - 1);
  const std::optional<ir::Address> address = ir::Address::parse(address_text);
  if (!address) return fmt::format("`{}` is no IP address", address_text);
  const std::string name = text.substr(equals + 1);
  if (!ir::is_interface_name(name))
    return fmt::format("`{}` is no name of an interface: up to 15 letters, digits, `_`, `.`, `-`", name);
  const auto [told, is_new] = lower.interfaces.try_emplace({text.substr(0, colon), *address}, name);
  if (!is_new && told->second != name)
    return fmt::format("{} of node `{}` cannot be on `{}` and on `{}`", address_text, text.substr(0, colon),
                       told->second, name);
  return std::nullopt;
}

void add_interfaces(Options& options, passes::LowerOptions& lower) {
  options.push_back(
      {.name = "--interface",
       .value = "NODE:ADDRESS=NAME",
       .words = Words::Each,
       .take = [&lower](const std::string& word) { return take_interface(word, lower); },
       .text = "The interface that an address of a node sits on, where no Node document says it"});
}

// ---- reports

static constexpr std::array<std::pair<std::string_view, Format>, 7> kFormats = {{{"text", Format::Text},
                                                                                 {"concise", Format::Concise},
                                                                                 {"json", Format::Json},
                                                                                 {"sarif", Format::Sarif},
                                                                                 {"github", Format::Github},
                                                                                 {"gitlab", Format::Gitlab},
                                                                                 {"junit", Format::Junit}}};

static std::vector<std::string> format_words() {
  std::vector<std::string> words;
  for (const auto& [word, format] : kFormats) words.emplace_back(word);
  return words;
}

static Mistake take_report(const std::string& text, ReportOptions& report) {
  const std::size_t equals = std::min(text.find('='), text.size());
  const std::string word = text.substr(0, equals);
  const std::string file = equals < text.size() ? text.substr(equals + 1) : "";
  if (equals < text.size() && file.empty()) return "no file name behind `=`";
  const auto known = std::ranges::find(kFormats, word, [](const auto& format) { return format.first; });
  if (known == kFormats.end()) {
    const auto words = format_words();
    return fmt::format("unknown format `{}`: {} are known{}", word, fmt::join(words, ", "),
                       did_you_mean(word, words));
  }
  if (!file.empty() && std::ranges::find(report.reports, file, &Report::file) != report.reports.end())
    return fmt::format("two reports into `{}`", file);
  report.reports.push_back({known->second, file});
  return std::nullopt;
}

static Mistake take_fail_on(const std::string& word, ReportOptions& report) {
  report.fail_on = parse_fail_on(word);
  if (report.fail_on) return std::nullopt;
  return fmt::format("`{}` is none of error, warning, info, never", word);
}

void add_report(Options& options, ReportOptions& report, const std::string& default_level) {
  options.push_back({.name = "--format",
                     .value = "F[=FILE]",
                     .words = Words::Each,
                     .take = [&report](const std::string& word) { return take_report(word, report); },
                     .text =
                         "text, concise, json, sarif, github, gitlab or junit, into FILE if it is given; may "
                         "be repeated (default: text)",
                     .choices = format_words()});
  options.push_back({.name = "--fail-on",
                     .value = "LEVEL",
                     .take = [&report](const std::string& word) { return take_fail_on(word, report); },
                     .text = "Exit status 1 from this level on: error, warning, info or never (default: " +
                             default_level + ")",
                     .choices = {"error", "warning", "info", "never"}});
  add_color(options, report);
}

static Mistake take_color(const std::string& word, Color& color) {
  if (word == "auto")
    color = Color::Auto;
  else if (word == "always")
    color = Color::Always;
  else if (word == "never")
    color = Color::Never;
  else
    return fmt::format("`{}` is none of auto, always, never", word);
  return std::nullopt;
}

void add_color(Options& options, Color& color) {
  options.push_back({.name = "--color",
                     .value = "WHEN",
                     .take = [&color](const std::string& word) { return take_color(word, color); },
                     .text = "auto, always or never; NO_COLOR in the environment means never (default: auto)",
                     .choices = {"auto", "always", "never"}});
}

void add_color(Options& options, ReportOptions& report) {
  add_color(options, report.color);
  options.push_back({.name = "--quiet",
                     .words = Words::None,
                     .take = set(report.quiet),
                     .text = "Errors only: no warnings, no summary, no progress"});
}

// ---- work

void add_jobs(Options& options, unsigned& jobs) {
  jobs = std::max(1u, std::thread::hardware_concurrency());
  options.push_back({.name = "--jobs",
                     .value = "N",
                     .take = [&jobs](const std::string& word) -> Mistake {
                       if (take_number(word, jobs, 1u, 1024u)) return std::nullopt;
                       return fmt::format("`{}` is no number from 1 to 1024", word);
                     },
                     .text = "Threads; the output does not depend on it (default: one a processor)"});
}

void add_proof_budget(Options& options, InputOptions& input) {
  options.push_back({.name = "--proof-budget",
                     .value = "EDGES",
                     .take = [&input](const std::string& word) -> Mistake {
                       if (take_number(word, input.proof_budget.emplace(), std::size_t{0}, SIZE_MAX))
                         return std::nullopt;
                       return fmt::format("`{}` is no whole number", word);
                     },
                     .text = "Size at which a proof is given up, in edges of its diagram",
                     .default_word = fmt::format("{}", ir::PacketSpace::kDefaultEdgeBudget)});
}

}  // namespace untrack::driver
