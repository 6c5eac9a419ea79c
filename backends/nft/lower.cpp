#include "backends/nft/lower.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "backends/nft/hook.h"

namespace untrack::backends::nft {

// Words between slashes name parts of a hook: `in-eth0/tcp/2`. No interface name holds a slash.
static std::string hook_chain(const ir::InterfaceHook& hook) {
  return (hook.direction == ir::Direction::Ingress ? "in-" : "out-") + hook.interface_name;
}

static Chain base_chain(ir::Direction direction, std::optional<MarkBit> mark) {
  Chain chain{direction == ir::Direction::Ingress ? "prerouting" : "output", direction, {}};
  if (mark) chain.rules.push_back({{}, ClearMark{*mark}, ""});
  return chain;
}

Table lower(const ir::Ruleset& ruleset, const Options& options, std::span<const ir::Direction> directions) {
  Program program{SetStore(ruleset, !options.strip), dialect(options), !options.strip, options.accept_mark};
  std::vector<Chain> chains;
  for (const ir::Direction direction : directions) {
    Chain& chain = chains.emplace_back(base_chain(direction, options.accept_mark));
    for (const ir::InterfaceHook& hook : ruleset.hooks) {
      if (hook.direction != direction) continue;
      Rule rule = add_hook(program, hook, hook_chain(hook));
      rule.conditions.insert(rule.conditions.begin(), InterfaceIs{direction, hook.interface_name});
      chain.rules.push_back(std::move(rule));
    }
  }
  std::ranges::move(program.chains, std::back_inserter(chains));
  for (auto& [name, chain] : program.shared_chains) chains.push_back(std::move(chain));
  return {program.sets.take(), std::move(program.maps), std::move(program.address_maps), std::move(chains),
          program.mark};
}

}  // namespace untrack::backends::nft
