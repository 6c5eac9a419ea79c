#include "driver/options.h"

#include <algorithm>
#include <array>
#include <functional>
#include <ranges>
#include <span>
#include <thread>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include "driver/nearest.h"

namespace untrack::driver {

std::string_view to_string(Target target) {
  switch (target) {
    case Target::Nft: return "nft";
    case Target::Iptables: return "iptables";
  }
  __builtin_unreachable();
}

bool reaches(FailOn level, Severity severity) {
  switch (level) {
    case FailOn::Info: return true;
    case FailOn::Warning: return severity >= Severity::Warning;
    case FailOn::Error: return severity >= Severity::Error;
    case FailOn::Never: return false;
  }
  __builtin_unreachable();
}

std::optional<FailOn> parse_fail_on(std::string_view word) {
  if (word == "error") return FailOn::Error;
  if (word == "warning") return FailOn::Warning;
  if (word == "info") return FailOn::Info;
  if (word == "never") return FailOn::Never;
  return std::nullopt;
}

std::variant<Target, std::string> parse_target(std::string_view word) {
  static constexpr std::array<std::string_view, 2> kTargets = {"nft", "iptables"};
  if (word == "nft") return Target::Nft;
  if (word == "iptables") return Target::Iptables;
  if (word == "bpf") return "the target `bpf` is not available in this version; nft and iptables are";
  return fmt::format("unknown target `{}`: nft and iptables are known{}", word, did_you_mean(word, kTargets));
}

// ---- single option values; CLI11 turns the exception into a message and status 2

static std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    if (end > begin) parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

static Report parse_report(const std::string& text) {
  static constexpr std::array<std::pair<std::string_view, Format>, 7> kFormats = {
      {{"text", Format::Text},
       {"concise", Format::Concise},
       {"json", Format::Json},
       {"sarif", Format::Sarif},
       {"github", Format::Github},
       {"gitlab", Format::Gitlab},
       {"junit", Format::Junit}}};
  const std::size_t equals = std::min(text.find('='), text.size());
  const std::string word = text.substr(0, equals);
  const std::string file = equals < text.size() ? text.substr(equals + 1) : "";
  if (equals < text.size() && file.empty()) throw CLI::ValidationError("--format", "no file name behind `=`");
  const auto known = std::ranges::find(kFormats, word, [](const auto& format) { return format.first; });
  if (known != kFormats.end()) return {known->second, file};
  const auto words = kFormats | std::views::keys;
  throw CLI::ValidationError("--format", fmt::format("unknown format `{}`: {} are known{}", word,
                                                     fmt::join(words, ", "), did_you_mean(word, words)));
}

static std::pair<std::pair<std::string, ir::Address>, std::string> parse_interface(const std::string& text) {
  const std::string shape = fmt::format("`{}` is not of the form NODE:ADDRESS=NAME", text);
  const std::size_t colon = text.find(':'), equals = text.rfind('=');
  if (colon == std::string::npos || equals == std::string::npos || equals < colon || colon == 0 ||
      equals + 1 == text.size()) {
    throw CLI::ValidationError("--interface", shape);
  }
  const std::string address_text = text.substr(colon + 1, equals - colon - 1);
  const std::optional<ir::Address> address = ir::Address::parse(address_text);
  if (!address) throw CLI::ValidationError("--interface", fmt::format("`{}` is no IP address", address_text));
  return {{text.substr(0, colon), *address}, text.substr(equals + 1)};
}

static std::string parse_dump(const std::string& text) {
  static constexpr std::string_view kAfter = "after:";
  if (!text.starts_with(kAfter) || text.size() == kAfter.size()) {
    throw CLI::ValidationError("--dump-ir", fmt::format("`{}` is not of the form after:PASS", text));
  }
  return text.substr(kAfter.size());
}

static std::vector<std::pair<std::string, std::string>> parse_labels(const std::string& text) {
  std::vector<std::pair<std::string, std::string>> labels;
  for (const std::string& label : split(text, ',')) {
    const std::size_t equals = label.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw CLI::ValidationError("--labels", fmt::format("`{}` is not of the form KEY=VALUE", label));
    }
    labels.emplace_back(label.substr(0, equals), label.substr(equals + 1));
  }
  return labels;
}

// ---- groups of options that several commands share

using Values = const std::function<void(const std::string&)>&;

// An option that may be given several times, one value each: never swallows a PATH behind it.
static CLI::Option* each(CLI::App& app, const std::string& name, const std::string& value, Values take,
                         const std::string& text) {
  const auto take_all = [take](const std::vector<std::string>& words) { std::ranges::for_each(words, take); };
  return app.add_option_function<std::vector<std::string>>(name, take_all, text)
      ->type_name(value)
      ->allow_extra_args(false);
}

static CLI::Option* one(CLI::App& app, const std::string& name, const std::string& value, Values take,
                        const std::string& text) {
  return app.add_option_function<std::string>(name, take, text)->type_name(value);
}

static void add_jobs(CLI::App& app, unsigned& jobs) {
  jobs = std::max(1u, std::thread::hardware_concurrency());
  const auto take = [&jobs](const std::string& word) {
    if (!CLI::detail::lexical_cast(word, jobs) || jobs < 1 || jobs > 1024) {
      throw CLI::ValidationError("--jobs", fmt::format("`{}` is no number from 1 to 1024", word));
    }
  };
  one(app, "--jobs", "N", take, "Threads; the output does not depend on it (default: one a processor)");
}

static void add_inputs(CLI::App& app, InputOptions& input, bool with_paths = true) {
  if (with_paths) {
    app.add_option("PATH", input.paths,
                   "Files, folders (.yaml .yml .json inside them), or - for standard input (default: .)")
        ->type_name("");
  }
  each(
      app, "--inventory", "PATH", [&input](const std::string& path) { input.inventory.push_back(path); },
      "Resources that resolve selectors but are not linted: dumps of endpoints, sets, pods, nodes");
  app.add_option("--stdin-filename", input.stdin_name, "The name that messages give to standard input")
      ->type_name("NAME")
      ->capture_default_str();
  CLI::Option* config =
      app.add_option("--config", input.config, "Configuration (default: the nearest .untrack.yaml upwards)")
          ->type_name("FILE");
  app.add_flag("--isolated", input.isolated, "Read no configuration file")->excludes(config);
}

static void add_interfaces(CLI::App& app, passes::LowerOptions& lower) {
  const auto take = [&lower](const std::string& word) { lower.interfaces.insert(parse_interface(word)); };
  each(app, "--interface", "NODE:ADDRESS=NAME", take,
       "The interface that an address of a node sits on, where no Node document says it");
}

static void add_color(CLI::App& app, ReportOptions& report) {
  const auto color = [&report](const std::string& word) {
    if (word == "auto")
      report.color = Color::Auto;
    else if (word == "always")
      report.color = Color::Always;
    else if (word == "never")
      report.color = Color::Never;
    else
      throw CLI::ValidationError("--color", fmt::format("`{}` is none of auto, always, never", word));
  };
  one(app, "--color", "WHEN", color,
      "auto, always or never; NO_COLOR in the environment means never (default: auto)");
  app.add_flag("--quiet", report.quiet, "Errors only: no warnings, no summary, no progress");
}

static void add_report(CLI::App& app, ReportOptions& report, const std::string& default_level) {
  each(
      app, "--format", "F[=FILE]",
      [&report](const std::string& word) { report.reports.push_back(parse_report(word)); },
      "text, concise, json, sarif, github, gitlab or junit, into FILE if it is given; may be repeated "
      "(default: text)");
  const auto fail_on = [&report](const std::string& word) {
    report.fail_on = parse_fail_on(word);
    if (!report.fail_on) {
      throw CLI::ValidationError("--fail-on",
                                 fmt::format("`{}` is none of error, warning, info, never", word));
    }
  };
  one(app, "--fail-on", "LEVEL", fail_on,
      "Exit status 1 from this level on: error, warning, info or never (default: " + default_level + ")");
  add_color(app, report);
}

static void add_proof_budget(CLI::App& app, std::size_t& budget) {
  app.add_option("--proof-budget", budget, "Size at which a proof is given up, in edges of its diagram")
      ->type_name("EDGES")
      ->capture_default_str();
}

static void example(CLI::App& app, const std::string& line) {
  app.footer("Example:\n  " + line);
}

// ---- commands

static void add_compile(CLI::App& root, CompileOptions& options) {
  CLI::App& app = *root.add_subcommand(
      "compile", "Write what each node's kernel enforces, each file proved equal to the policy");
  add_inputs(app, options.input);
  each(
      app, "-n,--node", "NODE", [&options](const std::string& node) { options.nodes.push_back(node); },
      "The node to compile for; may be repeated; may be left out where the input has one node");
  app.add_flag("--all-nodes", options.all_nodes, "Compile for every node of the input")->excludes("--node");
  const auto targets = [&options](const std::string& words) {
    for (const std::string& word : split(words, ',')) {
      const auto target = parse_target(word);
      if (const auto* message = std::get_if<std::string>(&target))
        throw CLI::ValidationError("--target", *message);
      options.targets.push_back(std::get<Target>(target));
    }
  };
  each(app, "-t,--target", "TARGET", targets,
       "nft, iptables; several with commas (default: all of them; nft with -o -)");
  app.add_option("-o,--output", options.output,
                 "The folder to write to, or - for standard output (one node, one file)")
      ->type_name("DIR")
      ->capture_default_str();
  app.add_flag("--strip", options.strip, "Leave out the comments that name policies and rules");
  add_interfaces(app, options.lower);
  add_report(app, options.report, "never; what cannot be compiled is refused in any case");
  add_jobs(app, options.jobs);
  one(
      app, "--dump-ir", "after:PASS",
      [&options](const std::string& word) { options.dump_after = parse_dump(word); },
      "Show the rules after a pass, or after:lower before all of them, on standard error");
  one(
      app, "--passes", "A,B", [&options](const std::string& words) { options.passes = split(words, ','); },
      "Run these passes in this order instead of the usual ones");
  app.add_flag("--check-passes", options.check_passes, "Compare the meaning of the rules around every pass");
  add_proof_budget(app, options.proof_budget);
  example(app, "untrack compile policies/ -n jasper-node-0 -t nft -o - | nft -c -f -");
}

static void add_choice(CLI::App& app, LintOptions& options) {
  const auto codes = [](const std::string& name, CodePrefixes& into, const std::string& words) {
    for (const std::string& word : split(words, ',')) {
      if (const auto mistake = mistake_in_code_prefix(word)) throw CLI::ValidationError(name, *mistake);
      into.push_back(word);
    }
  };
  each(
      app, "--select", "CODES",
      [&options, codes](const std::string& words) {
        if (!options.select) options.select.emplace();
        codes("--select", *options.select, words);
      },
      "Only findings with these codes, or beginnings of codes like UT2; several with commas");
  each(
      app, "--ignore", "CODES",
      [&options, codes](const std::string& words) { codes("--ignore", options.ignore, words); },
      "No findings with these codes");
  app.add_flag_callback(
         "--exit-zero", [&options] { options.report.fail_on = FailOn::Never; },
         "Exit status 0 whatever is found: --fail-on never")
      ->excludes("--fail-on");
  app.add_flag("--statistics", options.report.statistics, "Count findings by code instead of showing each");
  CLI::Option* baseline =
      app.add_option("--baseline", options.baseline, "Report only what is not in FILE")->type_name("FILE");
  app.add_option("--write-baseline", options.write_baseline,
                 "Write all that is found to FILE, and report nothing")
      ->type_name("FILE")
      ->excludes(baseline);
}

static void add_lint(CLI::App& root, LintOptions& options) {
  CLI::App& app = *root.add_subcommand("lint", "Say what is wrong with the policy before anyone loads it");
  add_inputs(app, options.input);
  add_interfaces(app, options.lower);
  add_report(app, options.report, "error");
  add_choice(app, options);
  add_jobs(app, options.jobs);
  example(
      app,
      "kustomize build . | untrack lint - --inventory cluster/ --format text --format json=findings.json");
}

static void add_nodes(CLI::App& root, NodesOptions& options) {
  CLI::App& app = *root.add_subcommand(
      "nodes", "List nodes, host endpoints, interfaces, and the untracked policies that reach them");
  add_inputs(app, options.input);
  add_interfaces(app, options.lower);
  add_color(app, options.report);
  example(app, "untrack nodes policies/ --inventory cluster/");
}

static void add_trace(CLI::App& root, TraceOptions& options, std::vector<std::string>& words) {
  CLI::App& app = *root.add_subcommand("trace", "Follow one packet through the rules of a node");
  app.add_option("PATH... PACKET", words,
                 "Inputs as of compile, then the packet: in|out INTERFACE, and the packet as in the example")
      ->type_name("")
      ->required();
  add_inputs(app, options.input, /*with_paths=*/false);
  app.add_option("-n,--node", options.node, "The node; may be left out where the input has one")
      ->type_name("NODE");
  add_interfaces(app, options.lower);
  add_color(app, options.report);
  example(app, "untrack trace policies/ -n jasper-node-0 'in eng4 tcp 10.0.0.7:40000 > 10.128.0.162:12211'");
}

static void add_diff(CLI::App& root, DiffOptions& options) {
  CLI::App& app = *root.add_subcommand(
      "diff", "Say what traffic changes between two policies, on which nodes, with a packet for each change");
  const auto policy = [&app](const char* name, std::string& path, const char* text) {
    app.add_option(name, path, text)->type_name("")->required();
  };
  policy("OLD", options.before, "The policy before: a file, a folder, or - for standard input");
  policy("NEW", options.after, "The policy after");
  add_inputs(app, options.input, /*with_paths=*/false);
  each(
      app, "-n,--node", "NODE", [&options](const std::string& node) { options.nodes.push_back(node); },
      "The node to compare; may be repeated (default: every node of both)");
  app.add_flag("--all-nodes", options.all_nodes, "Compare every node of both, as without --node")
      ->excludes("--node");
  const auto take = [&options](const std::string& word) {
    if (word != "text" && word != "json") {
      throw CLI::ValidationError("--format", fmt::format("`{}` is none of text, json", word));
    }
    options.json = word == "json";
  };
  one(app, "--format", "F", take, "text or json (default: text)");
  add_interfaces(app, options.lower);
  add_proof_budget(app, options.proof_budget);
  add_color(app, options.report);
  add_jobs(app, options.jobs);
  example(app, "git show main:policy.yaml | untrack diff - policy.yaml --inventory cluster/");
}

static void add_verify(CLI::App& root, VerifyOptions& options) {
  CLI::App& app = *root.add_subcommand(
      "verify", "Prove that an artifact, or what a node holds, is what the policy means");
  app.add_option(
         "ARTIFACT", options.artifacts,
         "A node's folder as compile wrote it, or files by content: an nft script, `nft list ruleset`, "
         "iptables-save, ip6tables-save, `ipset save`; - for standard input")
      ->type_name("");
  app.add_option("--against", options.input.paths, "The policy: files and folders, or - for standard input")
      ->type_name("PATH...")
      ->required();
  add_inputs(app, options.input, /*with_paths=*/false);
  app.add_option("-n,--node", options.node, "The node; may be left out where the policy has one")
      ->type_name("NODE");
  const auto file = [&app](const char* name, std::string& path, const char* text) {
    app.add_option(name, path, text)->type_name("FILE");
  };
  file("--iptables", options.iptables, "Output of iptables-save, if its comment lines are lost");
  file("--ip6tables", options.ip6tables, "Output of ip6tables-save");
  file("--ipset", options.ipset, "Output of `ipset save`");
  add_interfaces(app, options.lower);
  add_proof_budget(app, options.proof_budget);
  add_color(app, options.report);
  example(app, "ssh jasper-node-0 nft list ruleset | untrack verify - --against policies/ -n jasper-node-0");
}

static void add_selector(CLI::App& root, SelectorOptions& options) {
  CLI::App& app =
      *root.add_subcommand("selector", "Check a selector, show its canonical form and id, try it on labels");
  app.add_option("EXPR", options.expression, "The selector; put -- before one that begins with -")
      ->type_name("")
      ->required();
  one(
      app, "--labels", "A=B,C=D",
      [&options](const std::string& text) { options.labels = parse_labels(text); },
      "Labels to try it on; '' for none");
  add_color(app, options.report);
  example(app, "untrack selector \"role == 'client' && !has(quarantine)\" --labels role=client");
}

static void add_explain(CLI::App& root, ExplainOptions& options) {
  CLI::App& app =
      *root.add_subcommand("explain", "Explain one code: why, a bad example, a good one, the source");
  app.add_option("CODE", options.code, "As it stands in the brackets of a finding")
      ->type_name("")
      ->required();
  example(app, "untrack explain UT201");
}

static void add_rules(CLI::App& root, RulesOptions& options) {
  CLI::App& app = *root.add_subcommand("rules", "The whole catalogue of codes");
  const auto take = [&options](const std::string& word) {
    if (word != "md" && word != "json") {
      throw CLI::ValidationError("--format", fmt::format("`{}` is none of md, json", word));
    }
    options.json = word == "json";
  };
  one(app, "--format", "F", take, "md or json (default: md)");
  example(app, "untrack rules --format md > docs/diagnostics.md");
}

static constexpr std::array<std::string_view, 11> kCommands = {
    "compile", "lint", "trace", "diff", "verify", "nodes", "selector", "explain", "rules", "version", "help"};

static Answer wrong_usage(const std::string& message, const std::string& help_on) {
  return {ExitStatus::WrongUsage, fmt::format("untrack: {}\nsee `untrack {}--help`\n", message, help_on)};
}

// Mistakes about the command itself, for which CLI11 has only a list of leftovers.
static std::optional<Answer> refuse_command(std::span<const std::string> words) {
  if (words.empty()) return wrong_usage("no command", "");
  const std::string& command = words.front();
  if (command.starts_with('-') || std::ranges::find(kCommands, command) != kCommands.end())
    return std::nullopt;
  return wrong_usage(fmt::format("unknown command `{}`{}", command, did_you_mean(command, kCommands)), "");
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
  if (const auto refused = refuse_command(words)) return *refused;

  CLI::App app("Compile Calico host-endpoint policy offline, above all doNotTrack policy, and lint it.\n",
               "untrack");
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  CompileOptions compile;
  LintOptions lint;
  NodesOptions nodes;
  TraceOptions trace;
  std::vector<std::string> trace_words;
  DiffOptions diff;
  VerifyOptions verify;
  SelectorOptions selector;
  ExplainOptions explain;
  RulesOptions rules;
  add_compile(app, compile);
  add_lint(app, lint);
  add_trace(app, trace, trace_words);
  add_diff(app, diff);
  add_verify(app, verify);
  add_nodes(app, nodes);
  add_selector(app, selector);
  add_explain(app, explain);
  add_rules(app, rules);
  app.add_subcommand("version", "Print the version");
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
  if (name == "compile") return compile;
  if (name == "lint") return lint;
  if (name == "nodes") return nodes;
  if (name == "trace") {
    trace.packet = trace_words.back();
    trace_words.pop_back();
    trace.input.paths = trace_words;
    return trace;
  }
  if (name == "diff") return diff;
  if (name == "verify") {
    if (verify.artifacts.empty() && verify.iptables.empty() && verify.ip6tables.empty())
      return wrong_usage("nothing to verify: give an ARTIFACT", "verify ");
    return verify;
  }
  if (name == "selector") return selector;
  if (name == "explain") return explain;
  if (name == "rules") return rules;
  return VersionOptions{};
}

}  // namespace untrack::driver
