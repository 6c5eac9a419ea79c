// What the program says about itself: explain, rules, version.
#include <memory>

#include <fmt/format.h>

#include "driver/command_line/commands.h"
#include "driver/command_line/groups.h"

namespace untrack::driver {

CommandEntry explain_command() {
  const auto value = std::make_shared<ExplainOptions>();
  Options options;
  options.push_back({.name = "CODE",
                     .take = set(value->code),
                     .text = "As it stands in the brackets of a finding",
                     .required = true});
  return {.name = "explain",
          .text = "Explain one code: why, a bad example, a good one, the source",
          .options = std::move(options),
          .example = "untrack explain UT201",
          .value = [value] { return *value; }};
}

static Mistake take_format(const std::string& word, RulesOptions& options) {
  if (word == "text")
    options.format = RulesFormat::Text;
  else if (word == "md")
    options.format = RulesFormat::Markdown;
  else if (word == "json")
    options.format = RulesFormat::Json;
  else
    return fmt::format("`{}` is none of text, md, json", word);
  return std::nullopt;
}

CommandEntry rules_command() {
  const auto value = std::make_shared<RulesOptions>();
  Options options;
  options.push_back({.name = "--format",
                     .value = "F",
                     .take = [value](const std::string& word) { return take_format(word, *value); },
                     .text = "text, a line for each rule; md or json, with examples (default: text)"});
  options.push_back({.name = "-o,--output",
                     .value = "DIR",
                     .take = set(value->output),
                     .text = "The folder to write a page for each rule to, with --format md"});
  return {.name = "rules",
          .text = "The whole catalogue of codes",
          .options = std::move(options),
          .example = "untrack rules --format md -o docs/rules",
          .value = [value]() -> std::variant<Command, std::string> {
            if (!value->output.empty() && value->format != RulesFormat::Markdown)
              return "--output goes with --format md";
            return *value;
          }};
}

CommandEntry version_command() {
  return {.name = "version", .text = "Print the version", .value = [] { return VersionOptions{}; }};
}

}  // namespace untrack::driver
