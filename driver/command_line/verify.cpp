#include <memory>

#include "driver/command_line/commands.h"
#include "driver/command_line/groups.h"

namespace untrack::driver {

CommandEntry verify_command() {
  const auto value = std::make_shared<VerifyOptions>();
  Options options;
  options.push_back(
      {.name = "ARTIFACT",
       .words = Words::Many,
       .take = append(value->artifacts),
       .text =
           "A node's folder as compile wrote it, or files by content: an nft script, `nft list ruleset`, "
           "iptables-save, ip6tables-save, `ipset save`, a BPF object, `bpftool map dump -j`; - for standard "
           "input",
       .is_path = true});
  options.push_back({.name = "--against",
                     .value = "PATH...",
                     .words = Words::Many,
                     .take = append(value->input.paths),
                     .text = "The policy: files and folders, or - for standard input",
                     .required = true,
                     .is_path = true});
  add_inputs(options, value->input);
  options.push_back({.name = "-n,--node",
                     .value = "NODE",
                     .take = set(value->node),
                     .text = "The node; may be left out where the policy has one"});
  const auto file = [&options](const char* name, std::string& path, const char* text) {
    options.push_back({.name = name, .value = "FILE", .take = set(path), .text = text, .is_path = true});
  };
  file("--iptables", value->iptables, "Output of iptables-save, if its comment lines are lost");
  file("--ip6tables", value->ip6tables, "Output of ip6tables-save");
  file("--ipset", value->ipset, "Output of `ipset save`");
  add_interfaces(options, value->lower);
  add_proof_budget(options, value->input);
  add_color(options, value->report);
  return {
      .name = "verify",
      .text = "Prove that an artifact, or what a node holds, is what the policy means",
      .options = std::move(options),
      .example = "ssh jasper-node-0 nft list ruleset | untrack verify - --against policies/ -n jasper-node-0",
      .value = [value]() -> std::variant<Command, std::string> {
        if (value->artifacts.empty() && value->iptables.empty() && value->ip6tables.empty())
          return "nothing to verify: give an ARTIFACT";
        return *value;
      }};
}

}  // namespace untrack::driver
