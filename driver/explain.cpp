#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "driver/catalogue.h"
#include "driver/commands.h"
#include "driver/files.h"
#include "driver/nearest.h"
#include "driver/render_catalogue.h"
#include "driver/version.h"

namespace untrack::driver {

// By code in either case, or by name.
ExitStatus explain(const ExplainOptions& options, Console& console) {
  std::string code = options.code;
  std::ranges::transform(code, code.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  const std::vector<CatalogueEntry> entries = catalogue();
  const auto found = std::ranges::find_if(entries, [&](const CatalogueEntry& entry) {
    return entry.info->code == code || entry.info->name == options.code;
  });
  if (found != entries.end()) {
    console.out << explain(*found) << std::flush;
    return ExitStatus::Done;
  }
  std::vector<std::string_view> known;
  for (const CatalogueEntry& entry : entries) {
    known.push_back(entry.info->code);
    known.push_back(entry.info->name);
  }
  return fail(console,
              {ExitStatus::WrongUsage, fmt::format("unknown code `{}`{}; `untrack rules` lists all of them",
                                                   options.code, did_you_mean(options.code, known))});
}

ExitStatus rules(const RulesOptions& options, Console& console) {
  const std::vector<CatalogueEntry> entries = catalogue();
  if (options.format == RulesFormat::Text) {
    console.out << catalogue_as_text(entries) << std::flush;
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

ExitStatus version(const VersionOptions&, Console& console) {
  console.out << "untrack " << kVersion << std::endl;
  return ExitStatus::Done;
}

}  // namespace untrack::driver
