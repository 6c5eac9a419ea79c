// .untrack.yaml: what a project wants of lint and compile without saying it each time.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "driver/catalogue/codes.h"
#include "driver/console.h"
#include "driver/options.h"
#include "ir/packet_space.h"
#include "support/source.h"

namespace untrack::driver {

struct Config {
  std::optional<CodePrefixes> select;  // absent: all
  CodePrefixes ignore;
  std::vector<std::pair<std::string, CodePrefixes>> per_path_ignores;  // shell pattern of a path -> codes
  std::optional<FailOn> fail_on;
  std::vector<std::string> inventory;  // paths as the working folder sees them
  std::string baseline;                // such a path; empty: none
  std::vector<Target> targets;
  std::size_t proof_budget = ir::PacketSpace::kDefaultEdgeBudget;
  bool accept_in_filter = false;
  bool explain_xdp = false;
  std::optional<backends::MarkBit> mark;
  std::map<backends::Tool, backends::Version> versions;  // of the nodes
};

// How artifacts are written if the command line says nothing else.
backends::Options artifact_options(const Config& config);

// The file of --config; else the nearest .untrack.yaml from the working folder upwards; nothing with
// --isolated. What is wrong in the file is wrong usage, shown with its place.
std::variant<Config, Failure> read_config(SourceMap& sources, const InputOptions& options);

// Whether a finding with this code in this file is to be shown.
bool wanted(const Config& config, std::string_view code, const std::string& file);

}  // namespace untrack::driver
