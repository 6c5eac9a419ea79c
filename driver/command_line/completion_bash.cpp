// bash splits words at `=`, so `--color=al` comes as three of them, and so does `json=report` (bash(1),
// COMP_WORDBREAKS). Nothing of the package bash-completion is needed.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "driver/command_line/groups.h"
#include "driver/command_line/views.h"

namespace untrack::driver {

std::vector<std::string> spellings(const OptionEntry& entry) {
  return is_by_place(entry) ? std::vector<std::string>{} : split(entry.name, ',');
}

static constexpr std::string_view kHead = R"(# bash completion for untrack: `untrack completions bash`

_untrack() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
  local command='' options='--help' words='' files='' i
  COMPREPLY=()
  if [[ $cur == '=' ]]; then
    cur=''
  elif [[ $prev == '=' ]]; then
    prev=${COMP_WORDS[COMP_CWORD-2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ ${COMP_WORDS[i]} != -* ]]; then
      command=${COMP_WORDS[i]}
      break
    fi
  done
  case $command in
)";

static constexpr std::string_view kTail = R"(  esac
  if [[ $files ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
  elif [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
  else
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
  fi
}
complete -F _untrack untrack
)";

static std::string answer_of(const OptionEntry& entry) {
  if (entry.is_path) return "files=1";
  return fmt::format("words='{}'", fmt::join(entry.choices, " "));
}

static std::string command_case(const CommandEntry& command) {
  std::string options, cases, by_place;
  for (const OptionEntry& entry : command.options) {
    if (is_by_place(entry)) {
      if (by_place.empty() || entry.is_path) by_place = answer_of(entry);
      continue;
    }
    options += fmt::format(" {}", fmt::join(spellings(entry), " "));
    if (entry.words != Words::None)
      cases +=
          fmt::format("        {}) {} options='' ;;\n", fmt::join(spellings(entry), "|"), answer_of(entry));
  }
  if (by_place.empty()) by_place = ":";
  return fmt::format(
      "    {})\n      options+='{}'\n      case $prev in\n{}        *) {} ;;\n      esac\n"
      "      [[ $cur == -* && $options ]] && files=''\n      ;;\n",
      command.name, options, cases, by_place);
}

std::string bash_completion(std::span<const CommandEntry> commands) {
  std::string names = "help";
  for (const CommandEntry& command : commands) names += " " + command.name;
  std::string script(kHead);
  script += fmt::format("    ''|help)\n      words='{}'\n      options+=' --version'\n      ;;\n", names);
  for (const CommandEntry& command : commands) script += command_case(command);
  return script + std::string(kTail);
}

}  // namespace untrack::driver
