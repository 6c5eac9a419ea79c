// See complete(1) of fish.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "driver/command_line/views.h"

namespace untrack::driver {

static std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

static std::string words_of(const OptionEntry& entry) {
  if (!entry.choices.empty())
    return fmt::format(" -a {}", quoted(fmt::format("{}", fmt::join(entry.choices, " "))));
  return entry.is_path ? " -F" : "";
}

static std::string line(const CommandEntry& command, const OptionEntry& entry) {
  std::string text = fmt::format("complete -c untrack -n '__fish_seen_subcommand_from {}'", command.name);
  for (const std::string& name : spellings(entry))
    text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  if (!is_by_place(entry) && entry.words != Words::None) text += entry.is_path ? " -r" : " -x";
  return text + words_of(entry) + " -d " + quoted(entry.text) + '\n';
}

std::string fish_completion(std::span<const CommandEntry> commands) {
  std::string script =
      "# fish completion for untrack: `untrack completions fish`\n\ncomplete -c untrack -f\n"
      "complete -c untrack -l help -d 'Print help'\n";
  std::string names;
  for (const CommandEntry& command : commands) {
    script += fmt::format("complete -c untrack -n __fish_use_subcommand -a {} -d {}\n", command.name,
                          quoted(command.text));
    names += (names.empty() ? "" : " ") + command.name;
  }
  script += "complete -c untrack -n __fish_use_subcommand -a help -d 'Print the help of a command'\n";
  script += fmt::format("complete -c untrack -n '__fish_seen_subcommand_from help' -a {}\n", quoted(names));
  for (const CommandEntry& command : commands) {
    for (const OptionEntry& entry : command.options) script += line(command, entry);
  }
  return script;
}

}  // namespace untrack::driver
