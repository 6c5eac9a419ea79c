#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "driver/commands/analyse.h"
#include "driver/commands/commands.h"
#include "driver/files.h"
#include "driver/findings/baseline.h"
#include "driver/findings/fix.h"
#include "driver/session.h"
#include "driver/unified_diff.h"

namespace untrack::driver {

// The command line has the last word.
static void choose(Config& config, const LintOptions& options) {
  if (options.select) config.select = options.select;
  config.ignore.insert(config.ignore.end(), options.ignore.begin(), options.ignore.end());
  if (!options.baseline.empty()) config.baseline = options.baseline;
}

static ExitStatus write_baseline(const Session& session, Findings findings, const LintOptions& options,
                                 Console& console) {
  const OutputFile file{
      .path = options.write_baseline, .bytes = baseline_as_json(session.sources, findings), .linked = true};
  if (llvm::Error error = write_files({&file, 1}))
    return fail(console, {ExitStatus::WorldFailed, llvm::toString(std::move(error))});
  if (!options.report.quiet)
    console.err << fmt::format("{} in {}\n", findings.empty() ? "no finding" : summary(findings),
                               options.write_baseline);
  return ExitStatus::Done;
}

// ---- fixes

static bool is_standard_input(const LintOptions& options, const FixedFile& file) {
  return file.name == options.input.stdin_name &&
         std::ranges::find(options.input.paths, "-") != options.input.paths.end();
}

// Whoever has saved the file in the meantime must not lose that.
static std::optional<Failure> write_fixed(const FixRun& run, const LintOptions& options) {
  std::vector<OutputFile> files;
  for (const FixedFile& file : run.files) {
    if (is_standard_input(options, file)) continue;
    llvm::Expected<std::string> now = read_file(file.name);
    if (!now) return Failure{ExitStatus::WorldFailed, llvm::toString(now.takeError())};
    if (*now != file.before)
      return Failure{ExitStatus::WorldFailed, fmt::format("`{}` has changed while it was linted", file.name)};
    files.push_back({.path = file.name, .bytes = file.after, .edited = true});
  }
  if (llvm::Error error = write_files(files))
    return Failure{ExitStatus::WorldFailed, llvm::toString(std::move(error))};
  return std::nullopt;
}

static void say_what_was_done(const FixRun& run, std::string_view verb, const LintOptions& options,
                              Console& console) {
  if (options.report.quiet) return;
  for (const std::string& line : run.refused) console.err << line << '\n';
  if (run.fixed == 0) return;
  console.err << fmt::format("{} {} finding{} in {} file{}\n", verb, run.fixed, run.fixed == 1 ? "" : "s",
                             run.files.size(), run.files.size() == 1 ? "" : "s");
}

static ExitStatus show_diff(const FixRun& run, const LintOptions& options, Console& console) {
  for (const FixedFile& file : run.files) console.out << unified_diff(file.name, file.before, file.after);
  console.out << std::flush;
  say_what_was_done(run, "would fix", options, console);
  return run.files.empty() ? ExitStatus::Done : ExitStatus::Findings;
}

// The text of standard input is the product then: all of it, changed or not.
static bool put_standard_input(const FixRun& run, const LintOptions& options, Console& console) {
  if (std::ranges::find(options.input.paths, "-") == options.input.paths.end()) return false;
  for (const frontend::Source& input : run.session.inputs) {
    if (run.session.sources.name(input.buffer) != options.input.stdin_name) continue;
    console.out << run.session.sources.text(input.buffer) << std::flush;
    return true;
  }
  return false;
}

// ---- the command

// Somebody who names a file wants it read, but the answer of a failed `kubectl get` says nothing.
static bool nothing_is_ours(const Session& session) {
  return std::ranges::none_of(session.inputs, [&](const frontend::Source& input) {
    return frontend::looks_relevant(session.sources.text(input.buffer));
  });
}

ExitStatus lint(const LintOptions& options, Console& console) {
  auto opened = open_session(options.input, options.jobs, console);
  if (const auto* failure = std::get_if<Failure>(&opened)) return fail(console, *failure);
  Session session = std::get<Session>(std::move(opened));
  // Success over nothing at all would hide a path that was mistyped.
  if (nothing_is_ours(session) && session.diagnostics.in_order().empty() && !options.report.quiet) {
    console.err << "untrack: no file with a Calico or inventory document was found\n";
  }
  choose(session.config, options);
  analyse(session, options, console);
  if (!options.write_baseline.empty())
    return write_baseline(session, chosen_findings(session), options, console);

  std::optional<Baseline> known;
  if (!session.config.baseline.empty()) {
    auto baseline = read_baseline(session.config.baseline);
    if (const auto* failure = std::get_if<Failure>(&baseline)) return fail(console, *failure);
    known = std::get<Baseline>(std::move(baseline));
  }
  const Choose wanted = [&known](const Session& of) {
    const std::vector<const Diagnostic*> findings = chosen_findings(of);
    return known ? new_findings(of.sources, findings, *known) : findings;
  };

  bool out_is_taken = false;  // by the text of standard input
  if (options.fix.mode != Fixing::No) {
    FixRun run =
        fix(std::move(session), wanted, [&](Session& edited) { analyse(edited, options, console); }, options);
    if (options.fix.mode == Fixing::ShowDiff) return show_diff(run, options, console);
    if (const auto failure = write_fixed(run, options)) return fail(console, *failure);
    out_is_taken = put_standard_input(run, options, console);
    say_what_was_done(run, "fixed", options, console);
    session = std::move(run.session);
  }
  const Shown shown =
      show(session, wanted(session), options.report, FailOn::Error, out_is_taken ? console.err : console.out,
           out_is_taken ? console.err_is_terminal : console.out_is_terminal, console);
  if (shown.failure) return fail(console, *shown.failure);
  return shown.failed ? ExitStatus::Findings : ExitStatus::Done;
}

}  // namespace untrack::driver
