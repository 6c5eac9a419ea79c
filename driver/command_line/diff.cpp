#include <memory>

#include <fmt/format.h>

#include "driver/command_line/commands.h"
#include "driver/command_line/groups.h"

namespace untrack::driver {

static Mistake take_format(const std::string& word, DiffOptions& options) {
  if (word != "text" && word != "json") return fmt::format("`{}` is none of text, json", word);
  options.json = word == "json";
  return std::nullopt;
}

CommandEntry diff_command() {
  const auto value = std::make_shared<DiffOptions>();
  Options options;
  options.push_back({.name = "OLD",
                     .take = set(value->before),
                     .text = "The policy before: a file, a folder, or - for standard input",
                     .required = true,
                     .is_path = true});
  options.push_back({.name = "NEW",
                     .take = set(value->after),
                     .text = "The policy after",
                     .required = true,
                     .is_path = true});
  add_inputs(options, value->input);
  options.push_back({.name = "-n,--node",
                     .value = "NODE",
                     .words = Words::Each,
                     .take = append(value->nodes),
                     .text = "The node to compare; may be repeated (default: every node of both)"});
  options.push_back({.name = "--all-nodes",
                     .words = Words::None,
                     .take = set(value->all_nodes),
                     .text = "Compare every node of both, as without --node",
                     .excludes = "--node"});
  options.push_back({.name = "--format",
                     .value = "F",
                     .take = [value](const std::string& word) { return take_format(word, *value); },
                     .text = "text or json (default: text)",
                     .choices = {"text", "json"}});
  add_interfaces(options, value->lower);
  add_proof_budget(options, value->input);
  add_color(options, value->report);
  add_jobs(options, value->jobs);
  return {
      .name = "diff",
      .text = "Say what traffic changes between two policies, on which nodes, with a packet for each change",
      .options = std::move(options),
      .example = "git show main:policy.yaml | untrack diff - policy.yaml --inventory cluster/",
      .value = [value] { return *value; }};
}

}  // namespace untrack::driver
