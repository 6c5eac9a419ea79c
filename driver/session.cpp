#include "driver/session.h"

#include <algorithm>
#include <iterator>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "driver/did_you_mean.h"
#include "driver/files.h"
#include "driver/inputs.h"
#include "driver/report/finding_parts.h"

namespace untrack::driver {

static void read_policies(Session& session, unsigned jobs) {
  session.policies = frontend::load(session.sources, session.inputs, session.diagnostics, jobs);
  session.suppressions = read_suppressions(session.sources, session.inputs, session.diagnostics);
}

std::variant<Session, Failure> open_session(const InputOptions& options, unsigned jobs, Console& console) {
  Session session;
  auto config = read_config(session.sources, options);
  if (auto* failure = std::get_if<Failure>(&config)) return std::move(*failure);
  session.config = std::get<Config>(std::move(config));
  if (options.proof_budget) session.config.proof_budget = *options.proof_budget;

  InputPaths paths{options.paths, options.inventory, options.stdin_name};
  if (paths.linted.empty()) paths.linted.emplace_back(".");
  paths.inventory.insert(paths.inventory.end(), session.config.inventory.begin(),
                         session.config.inventory.end());
  auto inputs = read_inputs(session.sources, paths, console.in);
  if (!inputs) return Failure{ExitStatus::WorldFailed, llvm::toString(inputs.takeError())};
  session.inputs = std::move(*inputs);
  read_policies(session, jobs);
  return session;
}

Session with_texts(const Session& session, std::map<BufferId, std::string> texts, unsigned jobs) {
  Session copy;
  for (std::uint32_t i = 0; i < session.sources.size(); ++i) {
    const BufferId buffer{i};
    const auto other = texts.find(buffer);
    copy.sources.add(
        std::string(session.sources.name(buffer)),
        other == texts.end() ? std::string(session.sources.text(buffer)) : std::move(other->second));
  }
  copy.config = session.config;
  copy.inputs = session.inputs;
  read_policies(copy, jobs);
  return copy;
}

static Failure several_nodes(const std::vector<std::string>& known, std::string_view way_out) {
  return {ExitStatus::WrongUsage,
          fmt::format("the input has {} nodes; {}\n  {}", known.size(), way_out, fmt::join(known, "\n  "))};
}

std::variant<std::vector<std::string>, Failure> choose_nodes(const ir::PolicySet& policies,
                                                             const std::vector<std::string>& asked,
                                                             bool all) {
  const std::vector<std::string> known = policies.node_names();
  if (known.empty()) {
    return Failure{ExitStatus::WrongUsage,
                   "no node in the input: no HostEndpoint and no Node document names one"};
  }
  for (const std::string& node : asked) {
    if (std::ranges::binary_search(known, node)) continue;
    return Failure{ExitStatus::WrongUsage,
                   fmt::format("no node `{}` in the input{}", node, did_you_mean(node, known))};
  }
  if (all || (asked.empty() && known.size() == 1)) return known;
  if (asked.empty()) {
    return several_nodes(known, "choose with -n NODE, or take --all-nodes");
  }
  const std::set<std::string> distinct(asked.begin(), asked.end());
  return std::vector<std::string>(distinct.begin(), distinct.end());
}

std::variant<std::string, Failure> choose_node(const ir::PolicySet& policies, const std::string& asked) {
  const std::vector<std::string> known = policies.node_names();
  if (asked.empty() && known.size() > 1) return several_nodes(known, "choose one with -n NODE");
  auto chosen =
      choose_nodes(policies, asked.empty() ? std::vector<std::string>{} : std::vector{asked}, /*all=*/false);
  if (auto* failure = std::get_if<Failure>(&chosen)) return std::move(*failure);
  return std::get<std::vector<std::string>>(chosen).front();
}

// Inventory is not linted: there only what makes it unreadable, or refuses a compile, is of interest.
static bool concerns_user(const Session& session, const Diagnostic& finding) {
  if (!finding.span.exists() || finding.info->compile == Compile::Refused) return true;
  const auto input = std::ranges::find(session.inputs, finding.span.buffer, &frontend::Source::buffer);
  const bool inventory = input != session.inputs.end() && input->role == frontend::Role::Inventory;
  return !inventory || finding.info->code.starts_with("UT0");
}

// The findings of the session that `keep` keeps, given each and whether it is chosen.
template <class Keep>
static std::vector<const Diagnostic*> findings_where(const Session& session, const Keep& keep) {
  std::vector<const Diagnostic*> findings = session.diagnostics.in_order();
  const std::set<const Diagnostic*> judged = suppressed(session.suppressions, findings);
  std::erase_if(findings, [&](const Diagnostic* finding) {
    const std::string file =
        finding->span.exists() ? forge_path(session.sources.name(finding->span.buffer)) : "";
    const bool chosen = wanted(session.config, finding->info->code, file) &&
                        concerns_user(session, *finding) && !judged.contains(finding);
    return !keep(*finding, chosen);
  });
  return findings;
}

std::vector<const Diagnostic*> chosen_findings(const Session& session) {
  return findings_where(session, [](const Diagnostic&, bool chosen) { return chosen; });
}

static bool colored(Color color, bool terminal, const Console& console) {
  switch (color) {
    case Color::Auto: return terminal && !console.no_color;
    case Color::Always: return true;
    case Color::Never: return false;
  }
  __builtin_unreachable();
}

static std::vector<const Diagnostic*> errors_among(Findings findings) {
  std::vector<const Diagnostic*> errors;
  std::ranges::copy_if(findings, std::back_inserter(errors),
                       [](const Diagnostic* d) { return d->info->severity == Severity::Error; });
  return errors;
}

Shown show(const Session& session, Findings findings, const ReportOptions& options, FailOn default_level,
           std::ostream& stream, bool stream_is_terminal, Console& console) {
  const FailOn level = options.fail_on.value_or(session.config.fail_on.value_or(default_level));
  // Programs that read a report get all of it.
  const std::vector<const Diagnostic*> errors = errors_among(findings);
  const Findings for_people = options.quiet ? Findings(errors) : findings;
  const auto rendered = [&](Format format, bool color) {
    switch (format) {
      case Format::Text:
        if (options.statistics) return render_statistics(for_people);
        return render_text(session.sources, for_people, color);
      case Format::Concise:
        if (options.statistics) return render_statistics(for_people);
        return render_concise(session.sources, for_people);
      case Format::Json: return render_json(session.sources, findings);
      case Format::Sarif: return render_sarif(session.sources, findings);
      case Format::Github: return render_github(session.sources, findings);
      case Format::Gitlab: return render_gitlab(session.sources, findings);
      case Format::Junit: return render_junit(session.sources, findings, level);
    }
    __builtin_unreachable();
  };
  const std::vector<Report> reports = options.reports.empty() ? std::vector<Report>{{}} : options.reports;
  std::vector<OutputFile> files;
  for (const Report& report : reports) {
    if (!report.file.empty()) {
      files.push_back({.path = report.file,
                       .bytes = rendered(report.format, options.color == Color::Always),
                       .linked = true});
      continue;
    }
    stream << rendered(report.format, colored(options.color, stream_is_terminal, console)) << std::flush;
    const bool read_by_people = report.format == Format::Text || report.format == Format::Concise;
    if (read_by_people && !options.quiet && !findings.empty())
      console.err << summary(findings) << fixable_summary(findings) << '\n';
  }

  Shown shown;
  shown.failed =
      std::ranges::any_of(findings, [&](const Diagnostic* d) { return reaches(level, d->info->severity); });
  if (llvm::Error error = write_files(files)) {
    shown.failure = Failure{ExitStatus::WorldFailed, llvm::toString(std::move(error))};
  }
  return shown;
}

Shown show_findings(const Session& session, const ReportOptions& options, FailOn default_level,
                    std::ostream& stream, bool stream_is_terminal, Console& console) {
  const auto findings = findings_where(session, [&](const Diagnostic& finding, bool chosen) {
    const bool shown = finding.info->severity > Severity::Info || covers(options.infos, finding.info->code);
    return finding.info->compile == Compile::Refused || (chosen && shown);
  });
  return show(session, findings, options, default_level, stream, stream_is_terminal, console);
}

}  // namespace untrack::driver
