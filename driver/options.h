// The command line as a value: one alternative for each command.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "backends/backend.h"
#include "driver/catalogue/codes.h"
#include "driver/exit_status.h"
#include "passes/lower_policies.h"
#include "support/diagnostic.h"

namespace untrack::driver {

struct InputOptions {
  std::vector<std::string> paths;  // none: the current folder; `-`: standard input
  std::vector<std::string> inventory;
  std::string stdin_name = "<stdin>";
  std::string config;                       // empty: the nearest .untrack.yaml upwards
  bool isolated = false;                    // no configuration file at all
  std::optional<std::size_t> proof_budget;  // in edges of a diagram; absent: as configured
};

enum class Format { Text, Concise, Json, Sarif, Github, Gitlab, Junit };
struct Report {
  Format format = Format::Text;
  std::string file;  // empty: the command's own stream
};

// The level of finding from which on the exit status is 1.
enum class FailOn { Info, Warning, Error, Never };
bool reaches(FailOn level, Severity severity);

enum class Color { Auto, Always, Never };
struct ReportOptions {
  std::vector<Report> reports;    // none: text
  std::optional<FailOn> fail_on;  // absent: not said on the command line
  Color color = Color::Auto;
  bool quiet = false;       // errors only, no summary, no progress
  bool statistics = false;  // people get counts by code in place of the findings
  CodePrefixes infos;       // that were asked for; else lint alone shows any
};

enum class Target { Nft, Iptables, Bpf };
std::string_view to_string(Target target);  // `nft`, `iptables`, `bpf`
bool has_programs(std::span<const Target> targets);

// For the configuration file, which knows the same words.
std::optional<FailOn> parse_fail_on(std::string_view word);
std::variant<Target, std::string> parse_target(std::string_view word);  // or a message
void add_target(std::vector<Target>& targets, Target target);           // once, however often it is named

// Calico's own bit for "accepted" where nothing else is configured (felix/dataplane/driver.go, the lowest bit
// of IptablesMarkMask).
inline constexpr backends::MarkBit kDefaultMark = 0x10000;
std::optional<backends::MarkBit> parse_mark(std::string_view text);  // one bit, decimal or 0x hexadecimal

std::optional<backends::Version> parse_version(std::string_view text);  // `1.0.6`, one to three numbers

// One machine's part of all nodes.
struct Shard {
  std::uint64_t index = 1;  // from 1 to `count`
  std::uint64_t count = 1;
};
std::optional<Shard> parse_shard(std::string_view text);  // `2/5`

struct CompileOptions {
  InputOptions input;
  ReportOptions report;
  unsigned jobs = 1;
  std::vector<std::string> nodes;
  bool all_nodes = false;
  std::optional<Shard> shard;   // of all nodes
  std::vector<Target> targets;  // none: as configured, or all of them
  std::string output = "out";   // `-`: standard output
  bool strip = false;
  bool accept_in_filter = false;
  bool explain_xdp = false;
  std::optional<backends::MarkBit> mark;                 // absent: as configured, or kDefaultMark
  std::map<backends::Tool, backends::Version> versions;  // over those of the configuration
  passes::LowerOptions lower;
  std::optional<std::string> dump_after;  // a pass, or `lower`
  std::optional<std::vector<std::string>> passes;
  bool check_passes = false;  // compare the meaning around every pass
};

enum class Fixing { No, Write, ShowDiff };
struct FixOptions {
  Fixing mode = Fixing::No;
  bool unsafe = false;  // fixes that may do more than the finding asks, too
};

struct LintOptions {
  InputOptions input;
  ReportOptions report;
  unsigned jobs = 1;
  passes::LowerOptions lower;
  std::optional<CodePrefixes> select;  // in place of what the configuration selects
  CodePrefixes ignore;                 // beside what the configuration ignores
  std::string baseline;                // empty: as configured
  std::string write_baseline;          // write one there, and show nothing
  FixOptions fix;
};

struct NodesOptions {
  InputOptions input;
  ReportOptions report;
  passes::LowerOptions lower;
};

struct TraceOptions {
  InputOptions input;
  ReportOptions report;
  passes::LowerOptions lower;
  std::string node;    // empty: the only one
  std::string packet;  // `in eng4 tcp 10.0.0.7:40000 > 10.128.0.162:12211`
};

struct DiffOptions {
  InputOptions input;  // without paths
  ReportOptions report;
  unsigned jobs = 1;
  passes::LowerOptions lower;
  std::string before, after;       // a file or a folder each; one may be `-`
  std::vector<std::string> nodes;  // none: all of both
  bool all_nodes = false;          // said aloud; changes nothing
  bool json = false;               // else text
};

struct VerifyOptions {
  InputOptions input;  // what the artifacts are compared with
  ReportOptions report;
  passes::LowerOptions lower;
  std::string node;                        // empty: the only one
  std::vector<std::string> artifacts;      // files by content, or a node's folder; `-`: standard input
  std::string iptables, ip6tables, ipset;  // files of known content; empty: none
};

struct SelectorOptions {
  ReportOptions report;
  std::string expression;
  std::optional<std::vector<std::pair<std::string, std::string>>> labels;
};

struct ExplainOptions {
  std::string code;  // or a name, or the beginning of codes
  Color color = Color::Auto;
};

enum class RulesFormat { Text, Markdown, Json };
struct RulesOptions {
  RulesFormat format = RulesFormat::Text;
  std::string output;  // the folder for pages of Markdown; empty: everything to standard output
  Color color = Color::Auto;
};

enum class Shell { Bash, Zsh, Fish };
struct CompletionsOptions {
  Shell shell = Shell::Bash;
};

struct ManOptions {};

struct VersionOptions {};

using Command = std::variant<CompileOptions, LintOptions, NodesOptions, TraceOptions, DiffOptions,
                             VerifyOptions, SelectorOptions, ExplainOptions, RulesOptions, CompletionsOptions,
                             ManOptions, VersionOptions>;

// There is nothing to run: help was asked for (to standard output), or the command line is wrong (to standard
// error).
struct Answer {
  ExitStatus status = ExitStatus::Done;
  std::string text;
};

std::variant<Command, Answer> parse_command_line(int argc, const char* const* argv);

}  // namespace untrack::driver
