// The macros of man(7), those that groff and mandoc both have.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "driver/command_line/views.h"
#include "driver/version.h"

namespace untrack::driver {

// Hyphens that are meant to be copied, backslashes, and what begins a line with a control character.
static std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
  }
  const bool is_request = out.starts_with('.') || out.starts_with('\'');
  return is_request ? "\\&" + out : out;
}

static std::string option(const OptionEntry& entry) {
  std::vector<std::string> names;
  for (const std::string& name : spellings(entry)) names.push_back(fmt::format("\\fB{}\\fR", escaped(name)));
  std::string head = is_by_place(entry) ? fmt::format("\\fI{}\\fR", escaped(entry.name))
                                        : fmt::format("{}", fmt::join(names, ", "));
  if (!entry.value.empty()) head += fmt::format(" \\fI{}\\fR", escaped(entry.value));
  std::string text = escaped(entry.text);
  if (!entry.default_word.empty()) text += fmt::format(" (default: {})", escaped(entry.default_word));
  return fmt::format(".TP\n{}\n{}.\n", head, text);
}

static std::string synopsis(const CommandEntry& command) {
  std::string text = fmt::format("\\fBuntrack {}\\fR", escaped(command.name));
  bool has_options = false;
  for (const OptionEntry& entry : command.options) has_options |= !is_by_place(entry);
  if (has_options) text += " [\\fIOPTION\\fR]...";
  for (const OptionEntry& entry : command.options) {
    if (!is_by_place(entry)) continue;
    const std::string name = fmt::format("\\fI{}\\fR", escaped(entry.name));
    const std::string_view more = entry.words == Words::Many ? "..." : "";
    text += entry.required ? fmt::format(" {}{}", name, more) : fmt::format(" [{}{}]", name, more);
  }
  return text;
}

std::string manual_page(std::span<const CommandEntry> commands) {
  std::string page = fmt::format(
      ".TH UNTRACK 1 \"\" \"untrack {}\" \"User Commands\"\n"
      ".SH NAME\nuntrack \\- offline compiler and linter for Calico host\\-endpoint policy\n.SH SYNOPSIS\n",
      kVersion);
  for (std::size_t i = 0; i < commands.size(); ++i)
    page += (i == 0 ? "" : ".br\n") + synopsis(commands[i]) + '\n';
  page +=
      ".SH DESCRIPTION\n"
      "Reads Calico YAML and writes, for each node, what the Linux kernel enforces of its "
      "\\fBdoNotTrack\\fR\n"
      "policy; and says what is wrong with policy before anyone loads it. It needs no cluster, no agent and\n"
      "no network. Every artifact is read back by a second implementation and proved equal to the policy\n"
      "before it is written.\n.SH COMMANDS\n";
  for (const CommandEntry& command : commands) {
    page += fmt::format(".SS {}\n{}.\n", command.name, escaped(command.text));
    for (const OptionEntry& entry : command.options) page += option(entry);
    if (!command.example.empty())
      page += fmt::format(".PP\nExample:\n.PP\n.nf\n.RS\n{}\n.RE\n.fi\n", escaped(command.example));
  }
  return page +
         ".SH EXIT STATUS\n.TP\n0\nDone, and nothing to report from \\fB\\-\\-fail\\-on\\fR on.\n"
         ".TP\n1\nFindings; of \\fBcompile\\fR: refused, and nothing was written.\n"
         ".TP\n2\nWrong usage.\n.TP\n3\nThe world failed: an unreadable file, a full disk, an internal "
         "fault.\n"
         ".SH ENVIRONMENT\n.TP\n\\fBNO_COLOR\\fR\nIf set and not empty: no colours, unless \\fB\\-\\-color "
         "always\\fR says otherwise.\n"
         ".SH FILES\n.TP\n\\fI.untrack.yaml\\fR\nConfiguration: the nearest one from the working folder "
         "upwards.\n"
         ".SH SEE ALSO\n\\fBnft\\fR(8), \\fBiptables\\fR(8), \\fBipset\\fR(8)\n";
}

}  // namespace untrack::driver
