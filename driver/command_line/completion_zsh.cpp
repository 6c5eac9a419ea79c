// See zshcompsys(1), _arguments and _describe.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "driver/command_line/views.h"

namespace untrack::driver {

// Inside single quotes; `special` gets a backslash.
static std::string quoted(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
      continue;
    }
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

static std::string value_of(const OptionEntry& entry) {
  const std::string name = quoted(entry.value.empty() ? entry.name : entry.value, ":[]\\");
  if (!entry.choices.empty()) return fmt::format("{}:({})", name, fmt::join(entry.choices, " "));
  return fmt::format("{}:{}", name, entry.is_path ? "_files" : "");
}

static std::string argument(const OptionEntry& entry) {
  if (is_by_place(entry))
    return fmt::format("'{}:{}'", entry.words == Words::Many ? "*" : "", value_of(entry));
  const std::vector<std::string> names = spellings(entry);
  const std::string text = quoted(entry.text, "[]:\\");
  const bool repeats = entry.words == Words::Each || entry.words == Words::Many;
  const std::string value = entry.words == Words::None ? "" : ":" + value_of(entry);
  std::vector<std::string> with_sign;
  for (const std::string& name : names) {
    const bool is_long = name.starts_with("--");
    with_sign.push_back(name + (entry.words == Words::None ? "" : is_long ? "=" : "+"));
  }
  const std::string head = repeats ? "*" : fmt::format("({})", fmt::join(names, " "));
  if (names.size() == 1) return fmt::format("'{}{}[{}]{}'", head, with_sign.front(), text, value);
  return fmt::format("'{}'{{{}}}'[{}]{}'", head, fmt::join(with_sign, ","), text, value);
}

std::string zsh_completion(std::span<const CommandEntry> commands) {
  std::string script =
      "#compdef untrack\n# zsh completion for untrack: `untrack completions zsh`\n\n_untrack() {\n"
      "  local state line\n  local -a commands\n  commands=(\n";
  for (const CommandEntry& command : commands)
    script += fmt::format("    '{}:{}'\n", command.name, quoted(command.text, ":\\"));
  script +=
      "    'help:Print the help of a command'\n  )\n"
      "  _arguments -C '--help[Print help]' '--version[Print the version]' '1:command:->command' "
      "'*::argument:->argument'\n"
      "  case $state in\n    command)\n      _describe command commands\n      ;;\n    argument)\n"
      "      case $words[1] in\n        help)\n          _describe command commands\n          ;;\n";
  for (const CommandEntry& command : commands) {
    script += fmt::format("        {})\n          _arguments '--help[Print help]'", command.name);
    for (const OptionEntry& entry : command.options)
      script += fmt::format(" \\\n            {}", argument(entry));
    script += "\n          ;;\n";
  }
  // Run at once where the file is sourced, registered where it is autoloaded.
  return script +
         "      esac\n      ;;\n  esac\n}\n\nif [[ $funcstack[1] == _untrack ]]; then\n  _untrack \"$@\"\n"
         "else\n  compdef _untrack untrack\nfi\n";
}

}  // namespace untrack::driver
