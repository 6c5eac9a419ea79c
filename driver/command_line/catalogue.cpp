// What the program says about itself: explain, rules, version.
#include <memory>

#include <fmt/format.h>

#include "driver/catalogue/catalogue.h"
#include "driver/command_line/commands.h"
#include "driver/command_line/groups.h"

namespace untrack::driver {

static std::vector<std::string> codes() {
  std::vector<std::string> codes;
  for (const CatalogueEntry& entry : catalogue()) codes.emplace_back(entry.info->code);
  return codes;
}

CommandEntry explain_command() {
  const auto value = std::make_shared<ExplainOptions>();
  Options options;
  options.push_back(
      {.name = "CODE",
       .take = set(value->code),
       .text = "As it stands in the brackets of a finding; its name, or a beginning like UT2, will do",
       .required = true,
       .choices = codes()});
  add_color(options, value->color);
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
                     .text = "text, a line for each rule; md or json, with examples (default: text)",
                     .choices = {"text", "md", "json"}});
  options.push_back({.name = "-o,--output",
                     .value = "DIR",
                     .take = set(value->output),
                     .text = "The folder to write a page for each rule to, with --format md",
                     .is_path = true});
  add_color(options, value->color);
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

static Mistake take_shell(const std::string& word, CompletionsOptions& options) {
  if (word == "bash")
    options.shell = Shell::Bash;
  else if (word == "zsh")
    options.shell = Shell::Zsh;
  else if (word == "fish")
    options.shell = Shell::Fish;
  else
    return fmt::format("`{}` is none of bash, zsh, fish", word);
  return std::nullopt;
}

CommandEntry completions_command() {
  const auto value = std::make_shared<CompletionsOptions>();
  Options options;
  options.push_back({.name = "SHELL",
                     .take = [value](const std::string& word) { return take_shell(word, *value); },
                     .text = "bash, zsh or fish",
                     .required = true,
                     .choices = {"bash", "zsh", "fish"}});
  return {.name = "completions",
          .text = "Print the completion script of a shell",
          .options = std::move(options),
          .example = "source <(untrack completions bash)",
          .value = [value] { return *value; }};
}

CommandEntry man_command() {
  return {.name = "man", .text = "Print the manual page", .example = "untrack man | man -l -", .value = [] {
            return ManOptions{};
          }};
}

CommandEntry version_command() {
  return {.name = "version", .text = "Print the version", .value = [] { return VersionOptions{}; }};
}

}  // namespace untrack::driver
