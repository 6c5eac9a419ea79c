#include "backends/nft/lower.h"

#include <algorithm>
#include <iterator>
#include <map>
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

// ---- steps

// Chains below a base chain, at most (NFT_JUMP_STACK_SIZE in include/net/netfilter/nf_tables.h, and
// nft_chain_validate, which counts both goto and jump).
static constexpr int kMostSteps = 15;

class Steps {
 public:
  explicit Steps(const Table& table) {
    for (const Chain& chain : table.chains) chains_.emplace(chain.name, &chain);
    for (const PortMap& map : table.maps) add_targets(map);
    for (const AddressMap& map : table.address_maps) add_targets(map);
  }

  // On the longest way from a chain.
  int from(const Chain& chain) {
    const auto [place, fresh] = known_.try_emplace(&chain, 0);
    if (!fresh) return place->second;
    int most = 0;
    for (const Rule& rule : chain.rules) {
      for (const std::string& target : targets(rule.statement))
        most = std::max(most, 1 + from(*chains_.at(target)));
    }
    return known_[&chain] = most;
  }

 private:
  void add_targets(const auto& map) {
    std::set<std::string>& targets = maps_[map.name];
    for (const auto& each : map.elements) add_target(targets, each.verdict);
  }
  static void add_target(std::set<std::string>& targets, const auto& done) {
    if (const auto* go = std::get_if<Goto>(&done)) targets.insert(go->chain);
    if (const auto* call = std::get_if<Call>(&done)) targets.insert(call->chain);
  }
  std::set<std::string> targets(const Statement& statement) const {
    if (const auto* ports = std::get_if<PortDispatch>(&statement)) return maps_.at(ports->map);
    if (const auto* addresses = std::get_if<AddressDispatch>(&statement)) return maps_.at(addresses->map);
    std::set<std::string> found;
    add_target(found, statement);
    return found;
  }

  std::map<std::string, const Chain*> chains_;
  std::map<MapName, std::set<std::string>> maps_;
  std::map<const Chain*, int> known_;
};

static bool few_steps(const Table& table) {
  Steps steps(table);
  return std::ranges::all_of(
      table.chains, [&](const Chain& chain) { return !chain.hook || steps.from(chain) <= kMostSteps; });
}

// ---- the table

static Table lower(const ir::Ruleset& ruleset, const Options& options,
                   std::span<const ir::Direction> directions, Splitting splitting) {
  Program program{SetStore(ruleset, !options.strip), dialect(options), !options.strip, options.accept_mark,
                  splitting};
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

Table lower(const ir::Ruleset& ruleset, const Options& options, std::span<const ir::Direction> directions) {
  for (const Splitting splitting : {Splitting::Parts, Splitting::Whole}) {
    Table table = lower(ruleset, options, directions, splitting);
    if (few_steps(table)) return table;
  }
  return lower(ruleset, options, directions, Splitting::None);
}

}  // namespace untrack::backends::nft
