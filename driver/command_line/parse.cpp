// The only file that knows CLI11: the table becomes its parser.
#include <algorithm>
#include <memory>
#include <ranges>
#include <span>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "driver/command_line/commands.h"
#include "driver/did_you_mean.h"
#include "driver/options.h"

namespace untrack::driver {

std::vector<CommandEntry> commands() {
  return {compile_command(), lint_command(),        trace_command(),    diff_command(),
          verify_command(),  nodes_command(),       selector_command(), explain_command(),
          rules_command(),   completions_command(), man_command(),      version_command()};
}

static void example(CLI::App& app, const std::string& line) {
  if (!line.empty()) app.footer("Example:\n  " + line);
}

// ---- from the table to the parser

// As messages call it: `--node` for `-n,--node`.
static std::string last_name(const OptionEntry& entry) {
  return entry.name.substr(entry.name.rfind(',') + 1);
}

// CLI11 makes a message and status 2 of the exception.
static void take(const OptionEntry& entry, const std::string& word) {
  if (const Mistake mistake = entry.take(word)) throw CLI::ValidationError(last_name(entry), *mistake);
}

static CLI::Option* add_option(CLI::App& app, const OptionEntry& entry) {
  const auto take_one = [entry](const std::string& word) { take(entry, word); };
  const auto take_all = [entry](const std::vector<std::string>& words) {
    for (const std::string& word : words) take(entry, word);
  };
  const auto add_list = [&] {
    return app.add_option_function<std::vector<std::string>>(entry.name, take_all, entry.text);
  };
  switch (entry.words) {
    case Words::None: return app.add_flag_callback(entry.name, [entry] { take(entry, ""); }, entry.text);
    case Words::One: return app.add_option_function<std::string>(entry.name, take_one, entry.text);
    case Words::Each: return add_list()->allow_extra_args(false);
    case Words::Many: return add_list();
  }
  __builtin_unreachable();
}

// CLI11 keeps the options that one excludes in a set of pointers, and so prints them in whatever order.
class Help : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* option) const override {
    static constexpr std::string_view kExcludes = " Excludes:";
    std::string text = CLI::Formatter::make_option_opts(option);
    std::vector<std::string> names;
    for (const CLI::Option* each : option->get_excludes()) names.push_back(each->get_name());
    if (names.empty()) return text;
    std::ranges::sort(names);
    text.resize(text.find(kExcludes));
    return fmt::format("{}{} {}", text, kExcludes, fmt::join(names, " "));
  }
};

static CLI::App* add_command(CLI::App& root, const CommandEntry& command) {
  CLI::App* app = root.add_subcommand(command.name, command.text);
  for (const OptionEntry& entry : command.options) {
    CLI::Option* option = add_option(*app, entry);
    if (entry.words != Words::None) option->type_name(entry.value);
    if (!entry.default_word.empty()) option->default_str(entry.default_word);
    if (!entry.excludes.empty()) option->excludes(app->get_option(entry.excludes));
    option->required(entry.required);
  }
  example(*app, command.example);
  return app;
}

// ---- what is not an option

static Answer wrong_usage(const std::string& message, const std::string& help_on) {
  return {ExitStatus::WrongUsage, fmt::format("untrack: {}\nsee `untrack {}--help`\n", message, help_on)};
}

// Mistakes about the command itself, for which CLI11 has only a list of leftovers.
static std::optional<Answer> refuse_command(std::span<const std::string> words,
                                            std::span<const CommandEntry> table) {
  if (words.empty()) return wrong_usage("no command", "");
  const std::string& command = words.front();
  std::vector<std::string> known = {"help"};
  for (const CommandEntry& entry : table) known.push_back(entry.name);
  if (command.starts_with('-') || std::ranges::find(known, command) != known.end()) return std::nullopt;
  return wrong_usage(fmt::format("unknown command `{}`{}", command, did_you_mean(command, known)), "");
}

// `help` and `help COMMAND` are `--help` and `COMMAND --help`; `--version` is `version`.
static std::vector<std::string> with_help_as_option(std::vector<std::string> words) {
  if (words.empty()) return words;
  if (words.front() == "--version") words.front() = "version";
  if (words.front() != "help") return words;
  words.erase(words.begin());
  words.push_back("--help");
  return words;
}

std::variant<Command, Answer> parse_command_line(int argc, const char* const* argv) {
  std::vector<std::string> words = with_help_as_option({argv + std::min(argc, 1), argv + argc});
  const std::vector<CommandEntry> table = commands();
  if (const auto refused = refuse_command(words, table)) return *refused;

  CLI::App app("Compile Calico host-endpoint policy offline, above all doNotTrack policy, and lint it.\n",
               "untrack");
  app.require_subcommand(1);
  const auto help = std::make_shared<Help>();
  help->column_width(34);
  app.formatter(help);
  for (const CommandEntry& command : table) add_command(app, command);
  app.add_subcommand("help", "Print this, or the help of a command");
  example(app, "untrack lint policies/ && untrack compile policies/ --all-nodes -o out");

  std::ranges::reverse(words);  // as CLI11 takes them
  try {
    app.parse(words);
  } catch (const CLI::CallForHelp&) {
    const auto chosen = app.get_subcommands();
    return Answer{ExitStatus::Done, chosen.empty() ? app.help() : chosen.front()->help("untrack")};
  } catch (const CLI::ParseError& error) {
    const auto chosen = app.get_subcommands();
    return wrong_usage(error.what(), chosen.empty() ? "" : chosen.front()->get_name() + " ");
  }

  const std::string name = app.get_subcommands().front()->get_name();
  const auto command = std::ranges::find(table, name, &CommandEntry::name);
  if (command == table.end()) return Answer{ExitStatus::Done, app.help()};  // `help`, behind an option
  const auto value = command->value();
  if (const auto* mistake = std::get_if<std::string>(&value)) return wrong_usage(*mistake, name + " ");
  return std::get<Command>(value);
}

}  // namespace untrack::driver
