#include "backends/nft/lower.h"

#include <algorithm>
#include <iterator>
#include <set>
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

// ---- calls

static void add_called(std::set<std::string>& called, const auto& done) {
  if (const auto* call = std::get_if<Call>(&done)) called.insert(call->chain);
}

static std::set<std::string> called_chains(const Table& table) {
  std::set<std::string> called;
  for (const Chain& chain : table.chains) {
    for (const Rule& rule : chain.rules) add_called(called, rule.statement);
  }
  for (const AddressMap& map : table.address_maps) {
    for (const AddressElement& each : map.elements) add_called(called, each.verdict);
  }
  return called;
}

static bool ends(const Chain& chain) {
  return !chain.rules.empty() && chain.rules.back().conditions.empty() &&
         (as_verdict(chain.rules.back().statement) &&
          !std::holds_alternative<Call>(chain.rules.back().statement));
}

// The end of a chain leaves us for good only where nothing above was called: else it is said.
static void end_chains(Table& table) {
  const std::set<std::string> called = called_chains(table);
  if (called.empty()) return;
  for (Chain& chain : table.chains) {
    if (!chain.hook && !called.contains(chain.name) && !ends(chain))
      chain.rules.push_back({{}, Accept{}, ""});
  }
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
  Table table{program.sets.take(), std::move(program.maps), std::move(program.address_maps),
              std::move(chains), program.mark};
  end_chains(table);
  return table;
}

}  // namespace untrack::backends::nft
