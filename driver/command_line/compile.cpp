#include <memory>

#include <fmt/format.h>

#include "driver/command_line/commands.h"
#include "driver/command_line/groups.h"

namespace untrack::driver {

static Mistake take_targets(const std::string& words, std::vector<Target>& targets) {
  for (const std::string& word : split(words, ',')) {
    const auto target = parse_target(word);
    if (const auto* message = std::get_if<std::string>(&target)) return *message;
    add_target(targets, std::get<Target>(target));
  }
  return std::nullopt;
}

static Mistake take_dump(const std::string& text, CompileOptions& options) {
  static constexpr std::string_view kAfter = "after:";
  if (!text.starts_with(kAfter) || text.size() == kAfter.size())
    return fmt::format("`{}` is not of the form after:PASS", text);
  options.dump_after = text.substr(kAfter.size());
  return std::nullopt;
}

static void add_accept_in_filter(Options& options, CompileOptions& value) {
  options.push_back(
      {.name = "--accept-in-filter",
       .words = Words::None,
       .take = set(value.accept_in_filter),
       .text = "Mark untracked packets, and let `apply` accept the mark at the head of the host's filter"});
  options.push_back({.name = "--mark",
                     .value = "BIT",
                     .take = [&value](const std::string& word) -> Mistake {
                       value.mark = parse_mark(word);
                       if (value.mark) return std::nullopt;
                       return fmt::format("`{}` is no single bit of a packet mark, as 0x10000 is", word);
                     },
                     .text = "The bit of the packet mark that --accept-in-filter and -t bpf take",
                     .default_word = fmt::format("{:#x}", kDefaultMark)});
}

static void add_explain_xdp(Options& options, CompileOptions& value) {
  options.push_back({.name = "--explain-xdp",
                     .words = Words::None,
                     .take = set(value.explain_xdp),
                     .text = "Say of each rule whether `apply --xdp` enforces it before the stack (-t bpf)"});
}

static void add_versions(Options& options, CompileOptions& value) {
  using backends::Tool;
  for (const Tool tool : {Tool::Nft, Tool::Iptables, Tool::Ipset, Tool::Kernel}) {
    const auto take = [&value, tool](const std::string& word) -> Mistake {
      const auto version = parse_version(word);
      if (!version) return fmt::format("`{}` is no version such as 1.0.6", word);
      value.versions[tool] = *version;
      return std::nullopt;
    };
    const std::string name(to_string(tool));
    options.push_back({.name = "--" + name + "-version",
                       .value = "V",
                       .take = take,
                       .text = tool == Tool::Kernel
                                   ? "The oldest Linux that is to take the artifacts"
                                   : "The oldest " + name + " that is to take the artifacts"});
  }
}

// For work on the compiler itself.
static void add_experiments(Options& options, CompileOptions& value) {
  options.push_back(
      {.name = "--dump-ir",
       .value = "after:PASS",
       .take = [&value](const std::string& word) { return take_dump(word, value); },
       .text = "Show the rules after a pass, or after:lower before all of them, on standard error"});
  options.push_back({.name = "--passes",
                     .value = "A,B",
                     .take = [&value](const std::string& words) -> Mistake {
                       value.passes = split(words, ',');
                       return std::nullopt;
                     },
                     .text = "Run these passes in this order instead of the usual ones"});
  options.push_back({.name = "--check-passes",
                     .words = Words::None,
                     .take = set(value.check_passes),
                     .text = "Compare the meaning of the rules around every pass"});
}

CommandEntry compile_command() {
  const auto value = std::make_shared<CompileOptions>();
  Options options;
  add_paths(options, value->input);
  add_inputs(options, value->input);
  options.push_back(
      {.name = "-n,--node",
       .value = "NODE",
       .words = Words::Each,
       .take = append(value->nodes),
       .text = "The node to compile for; may be repeated; may be left out where the input has one node"});
  options.push_back({.name = "--all-nodes",
                     .words = Words::None,
                     .take = set(value->all_nodes),
                     .text = "Compile for every node of the input",
                     .excludes = "--node"});
  options.push_back(
      {.name = "--shard",
       .value = "I/N",
       .take = [value](const std::string& word) -> Mistake {
         value->shard = parse_shard(word);
         if (value->shard) return std::nullopt;
         return fmt::format("`{}` is no part of a whole, from 1/N to N/N", word);
       },
       .text =
           "Compile part I of all nodes, the others being compiled elsewhere; together the N parts are all",
       .excludes = "--node"});
  options.push_back(
      {.name = "-t,--target",
       .value = "TARGET",
       .words = Words::Each,
       .take = [value](const std::string& words) { return take_targets(words, value->targets); },
       .text = "nft, iptables, bpf; several with commas (default: nft,iptables; nft with -o -)",
       .choices = {"nft", "iptables", "bpf"}});
  options.push_back({.name = "-o,--output",
                     .value = "DIR",
                     .take = set(value->output),
                     .text = "The folder to write to, or - for standard output (one node, one file)",
                     .default_word = value->output,
                     .is_path = true});
  options.push_back({.name = "--strip",
                     .words = Words::None,
                     .take = set(value->strip),
                     .text = "Leave out the comments that name policies and rules"});
  add_accept_in_filter(options, *value);
  add_explain_xdp(options, *value);
  add_versions(options, *value);
  add_interfaces(options, value->lower);
  add_report(options, value->report, "never; what cannot be compiled is refused in any case");
  add_jobs(options, value->jobs);
  add_experiments(options, *value);
  add_proof_budget(options, value->input);
  return {.name = "compile",
          .text = "Write what each node's kernel enforces, each file proved equal to the policy",
          .options = std::move(options),
          .example = "untrack compile policies/ -n jasper-node-0 -t nft -o - | nft -c -f -",
          .value = [value] { return *value; }};
}

}  // namespace untrack::driver
