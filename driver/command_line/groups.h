// Options that several commands share, and the usual ways to take a word. What they refer to must live as
// long as the entry that they become part of.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "driver/command_line/table.h"

namespace untrack::driver {

using Options = std::vector<OptionEntry>;

Take set(std::string& value);
Take set(bool& flag);
Take append(std::vector<std::string>& values);

// `a,b,,c` is a, b, c.
std::vector<std::string> split(std::string_view text, char separator);

void add_paths(Options& options, InputOptions& input);
void add_inputs(Options& options, InputOptions& input);  // where resources come from, besides paths
void add_interfaces(Options& options, passes::LowerOptions& lower);
void add_report(Options& options, ReportOptions& report, const std::string& default_level);
void add_color(Options& options, ReportOptions& report);  // and --quiet
void add_color(Options& options, Color& color);
void add_jobs(Options& options, unsigned& jobs);
void add_proof_budget(Options& options, InputOptions& input);

}  // namespace untrack::driver
