#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "driver/catalogue/catalogue.h"
#include "driver/catalogue/pages.h"
#include "driver/command_line/views.h"
#include "driver/commands/commands.h"
#include "driver/did_you_mean.h"
#include "driver/files.h"
#include "driver/version.h"

namespace untrack::driver {

static bool colored(Color color, const Console& console) {
  return color == Color::Always || (color == Color::Auto && console.out_is_terminal && !console.no_color);
}

// By code in either case, by name, or several by the beginning of their codes.
ExitStatus explain(const ExplainOptions& options, Console& console) {
  std::string code = options.code;
  std::ranges::transform(code, code.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  std::vector<CatalogueEntry> entries = catalogue();
  const bool color = colored(options.color, console);
  const auto found = std::ranges::find_if(entries, [&](const CatalogueEntry& entry) {
    return entry.info->code == code || entry.info->name == options.code;
  });
  if (found != entries.end()) {
    console.out << explain(*found, color) << std::flush;
    return ExitStatus::Done;
  }
  std::vector<std::string_view> known;
  for (const CatalogueEntry& entry : entries) {
    known.push_back(entry.info->code);
    known.push_back(entry.info->name);
  }
  if (code.starts_with("UT"))
    std::erase_if(entries, [&](const CatalogueEntry& entry) { return !entry.info->code.starts_with(code); });
  if (code.starts_with("UT") && !entries.empty()) {
    console.out << catalogue_as_text(entries, color) << std::flush;
    return ExitStatus::Done;
  }
  return fail(console,
              {ExitStatus::WrongUsage, fmt::format("unknown code `{}`{}; `untrack rules` lists all of them",
                                                   options.code, did_you_mean(options.code, known))});
}

ExitStatus rules(const RulesOptions& options, Console& console) {
  const std::vector<CatalogueEntry> entries = catalogue();
  if (options.format == RulesFormat::Text) {
    console.out << catalogue_as_text(entries, colored(options.color, console)) << std::flush;
    return ExitStatus::Done;
  }
  if (options.output.empty()) {
    const bool json = options.format == RulesFormat::Json;
    console.out << (json ? catalogue_as_json(entries) : catalogue_as_markdown(entries)) << std::flush;
    return ExitStatus::Done;
  }
  if (llvm::Error error = write_files(catalogue_as_pages(entries, options.output)))
    return fail(console, {ExitStatus::WorldFailed, llvm::toString(std::move(error))});
  return ExitStatus::Done;
}

ExitStatus completions(const CompletionsOptions& options, Console& console) {
  const std::vector<CommandEntry> table = commands();
  switch (options.shell) {
    case Shell::Bash: console.out << bash_completion(table) << std::flush; break;
    case Shell::Zsh: console.out << zsh_completion(table) << std::flush; break;
    case Shell::Fish: console.out << fish_completion(table) << std::flush; break;
  }
  return ExitStatus::Done;
}

ExitStatus man(const ManOptions&, Console& console) {
  console.out << manual_page(commands()) << std::flush;
  return ExitStatus::Done;
}

ExitStatus version(const VersionOptions&, Console& console) {
  console.out << "untrack " << kVersion << std::endl;
  return ExitStatus::Done;
}

}  // namespace untrack::driver
