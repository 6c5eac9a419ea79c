#include <memory>

#include "driver/command_line/commands.h"
#include "driver/command_line/groups.h"

namespace untrack::driver {

static Mistake take_codes(const std::string& words, CodePrefixes& codes) {
  for (const std::string& word : split(words, ',')) {
    if (const Mistake mistake = mistake_in_code_prefix(word)) return mistake;
    codes.push_back(word);
  }
  return std::nullopt;
}

static void add_choice(Options& options, LintOptions& value) {
  options.push_back(
      {.name = "--select",
       .value = "CODES",
       .words = Words::Each,
       .take =
           [&value](const std::string& words) {
             if (!value.select) value.select.emplace();
             return take_codes(words, *value.select);
           },
       .text = "Only findings with these codes, or beginnings of codes like UT2; several with commas"});
  options.push_back({.name = "--ignore",
                     .value = "CODES",
                     .words = Words::Each,
                     .take = [&value](const std::string& words) { return take_codes(words, value.ignore); },
                     .text = "No findings with these codes"});
  options.push_back({.name = "--exit-zero",
                     .words = Words::None,
                     .take = [&value](const std::string&) -> Mistake {
                       value.report.fail_on = FailOn::Never;
                       return std::nullopt;
                     },
                     .text = "Exit status 0 whatever is found: --fail-on never",
                     .excludes = "--fail-on"});
  options.push_back({.name = "--statistics",
                     .words = Words::None,
                     .take = set(value.report.statistics),
                     .text = "Count findings by code instead of showing each"});
}

static void add_baseline(Options& options, LintOptions& value) {
  options.push_back({.name = "--baseline",
                     .value = "FILE",
                     .take = set(value.baseline),
                     .text = "Report only what is not in FILE",
                     .is_path = true});
  options.push_back({.name = "--write-baseline",
                     .value = "FILE",
                     .take = set(value.write_baseline),
                     .text = "Write all that is found to FILE, and report nothing",
                     .excludes = "--baseline",
                     .is_path = true});
}

static void add_fix(Options& options, LintOptions& value) {
  const auto mode = [&value](Fixing fixing) {
    return [&value, fixing](const std::string&) -> Mistake {
      value.fix.mode = fixing;
      return std::nullopt;
    };
  };
  options.push_back(
      {.name = "--fix",
       .words = Words::None,
       .take = mode(Fixing::Write),
       .text = "Repair the files where that is proved to do what the finding asks and no more"});
  options.push_back({.name = "--diff",
                     .words = Words::None,
                     .take = mode(Fixing::ShowDiff),
                     .text = "Show what --fix would change, as a unified diff, and change nothing",
                     .excludes = "--fix"});
  options.push_back({.name = "--unsafe-fixes",
                     .words = Words::None,
                     .take = set(value.fix.unsafe),
                     .text = "With --fix or --diff: guesses, and fixes that do more, too"});
}

CommandEntry lint_command() {
  const auto value = std::make_shared<LintOptions>();
  Options options;
  add_paths(options, value->input);
  add_inputs(options, value->input);
  add_interfaces(options, value->lower);
  add_report(options, value->report, "error");
  add_choice(options, *value);
  add_baseline(options, *value);
  add_fix(options, *value);
  add_jobs(options, value->jobs);
  add_proof_budget(options, value->input);
  return {.name = "lint",
          .text = "Say what is wrong with the policy before anyone loads it",
          .options = std::move(options),
          .example =
              "kustomize build . | untrack lint - --inventory cluster/ --format text --format "
              "json=findings.json",
          .value = [value]() -> std::variant<Command, std::string> {
            if (value->fix.mode != Fixing::No && !value->write_baseline.empty())
              return "--fix and --diff do not go with --write-baseline";
            if (value->fix.mode == Fixing::No && value->fix.unsafe)
              return "--unsafe-fixes goes with --fix or --diff";
            return *value;
          }};
}

}  // namespace untrack::driver
