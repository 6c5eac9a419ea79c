#include "passes/lint/part_of_node.h"

namespace untrack::passes::lint {

std::set<std::string> interface_names(const ir::Ruleset& ruleset) {
  std::set<std::string> names;
  for (const ir::InterfaceHook& hook : ruleset.hooks) names.insert(hook.interface_name);
  return names;
}

ir::Ruleset only_interface(const ir::Ruleset& ruleset, const std::string& name) {
  ir::Ruleset part = ruleset;
  std::erase_if(part.hooks, [&](const ir::InterfaceHook& hook) { return hook.interface_name != name; });
  return part;
}

ir::Ruleset only_version(const ir::Ruleset& ruleset, ir::IpVersion version) {
  ir::Ruleset part = ruleset;
  for (ir::InterfaceHook& hook : part.hooks) {
    for (ir::Block& block : hook.blocks) {
      for (ir::Rule& rule : block.rules) {
        if (rule.match.ip_version.value_or(version) != version) rule.match.destination.ports.emplace();
        rule.match.ip_version = version;
      }
    }
  }
  return part;
}

}  // namespace untrack::passes::lint
