#include "backends/iptables/lower.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "backends/iptables/comment.h"
#include "backends/iptables/dispatch.h"
#include "backends/iptables/groups.h"
#include "backends/iptables/match.h"
#include "backends/iptables/names.h"
#include "backends/iptables/services.h"
#include "backends/iptables/sets.h"
#include "support/overloaded.h"

namespace untrack::backends::iptables {

// CT and MARK do not end the walk, so that untracking takes several rules: once, shared.
static Chain allow_chain(std::optional<MarkBit> mark) {
  Chain chain{std::string(kAllowChain), {{{}, Notrack{}, ""}}};
  if (mark) chain.rules.push_back({{}, SetMark{*mark, true}, ""});
  chain.rules.push_back({{}, Accept{}, ""});
  return chain;
}

// Every way on is a goto, so there never is a chain of ours to come back to: `RETURN` and the end of a chain
// leave us.
static Target target(const ir::Action& action, const Target& next_block) {
  return std::visit(
      overloaded{[](ir::Untrack) -> Target { return Goto{std::string(kAllowChain)}; },
                 [](ir::Drop) -> Target { return Drop{}; }, [](ir::Track) -> Target { return Return{}; },
                 [&](ir::NextBlock) { return next_block; },
                 [](const ir::LogPacket& log) -> Target { return log; }},
      action);
}

// Jumps on the longest way from an entry chain. The nft flavour takes NFT_JUMP_STACK_SIZE (16) from a
// built-in chain, gotos too (nft_chain_validate, net/netfilter/nf_tables_api.c).
static constexpr std::size_t kMostJumps = 14;
// To the chain that allows.
static constexpr std::size_t kJumpsToEnd = 1;

namespace {

// Rules up to a place that some of them skip to: they stand in one list.
struct Part {
  std::vector<const ir::Rule*> rules;
  bool skips = false;
};

// Table raw for packets of one IP version.
class TableLowering {
 public:
  TableLowering(const ir::Ruleset& ruleset, const Options& options, ir::IpVersion version, SetStore& sets)
      : ruleset_(ruleset), options_(options), sets_(sets), table_{version, {}, options.accept_mark} {}

  Table table() {
    add_entry(ir::Direction::Ingress, kPreroutingChain);
    add_entry(ir::Direction::Egress, kOutputChain);
    table_.chains.push_back(allow_chain(options_.accept_mark));
    for (const ir::InterfaceHook& hook : ruleset_.hooks) add_hook(hook);
    return std::move(table_);
  }

 private:
  // Chains are named by place, since the list of chains grows.
  using ChainId = std::size_t;

  void add_entry(ir::Direction direction, std::string_view name) {
    Chain chain{std::string(name), {}};
    if (options_.accept_mark) chain.rules.push_back({{}, SetMark{*options_.accept_mark, false}, ""});
    for (const ir::InterfaceHook& hook : ruleset_.hooks) {
      if (hook.direction != direction) continue;
      chain.rules.push_back({{InterfaceIs{direction, hook.interface_name}}, Goto{chain_name(hook, 1)}, ""});
    }
    table_.chains.push_back(std::move(chain));
  }

  ChainId new_chain() {
    table_.chains.push_back({chain_name(*hook_, ++chains_of_hook_), {}});
    return table_.chains.size() - 1;
  }
  Target go_to(ChainId chain) const { return Goto{table_.chains[chain].name}; }
  void add(ChainId chain, Rule rule) { table_.chains[chain].rules.push_back(std::move(rule)); }

  void add_hook(const ir::InterfaceHook& hook) {
    hook_ = &hook;
    chains_of_hook_ = 0;
    const std::vector<Part> all = parts(hook);
    ChainId chain = new_chain();
    depth_ = 1;
    for (std::size_t i = 0; i < all.size(); ++i) {
      parts_left_ = all.size() - i - 1;
      if (parts_left_ == 0) {
        add_part(chain, all[i], std::nullopt);
      } else {
        const ChainId next = new_chain();
        add_part(chain, all[i], go_to(next));
        chain = next;
        ++depth_;
      }
    }
  }

  // A block that is skipped to begins a part of its own.
  std::vector<Part> parts(const ir::InterfaceHook& hook) {
    std::vector<Part> result(1);
    for (const ir::Block& block : hook.blocks) {
      if (result.back().skips) result.emplace_back();
      for (const ir::Rule& rule : block.rules) {
        if (!of_version(ruleset_, rule.match, table_.version)) continue;
        result.back().rules.push_back(&rule);
        result.back().skips |= std::holds_alternative<ir::NextBlock>(rule.action) &&
                               !alternatives(sets_, rule.match, table_.version).empty();
      }
    }
    return result;
  }

  // Packets that no rule decides go on to `next`, or leave us.
  void add_part(ChainId chain, const Part& part, const std::optional<Target>& next) {
    next_block_ = next.value_or(Return{});
    const std::vector<Group> all = groups(part.rules, ruleset_, table_.version);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const bool last = i + 1 == all.size();
      switch (all[i].shape.form) {
        case Form::Plain: add_plain(chain, all[i]); break;
        case Form::Services: add_services(chain, all[i]); break;
        case Form::Nets: add_nets(chain, all[i]); break;
        case Form::Ports: chain = add_ports(chain, all[i], last, next); break;
      }
    }
    if (next) add(chain, {{}, *next, ""});
  }

  // ---- groups

  void add_plain(ChainId chain, const Group& group) {
    for (const ir::Rule* rule : group.rules) {
      for (Conditions& conditions : alternatives(sets_, rule->match, table_.version)) {
        add(chain, {std::move(conditions), target(rule->action, next_block_), text(rule->provenance)});
      }
    }
  }

  void add_services(ChainId chain, const Group& group) {
    const auto all =
        group.rules.size() > kFewRules ? service_sets(ruleset_, group, table_.version) : std::nullopt;
    if (!all) return add_plain(chain, group);
    for (const ServiceSet& each : *all) {
      const InSet found{
          sets_.services(each.elements, table_.version), {group.shape.addresses, group.shape.ports}, false};
      add(chain, {{found}, target(each.action, next_block_), text(provenance_of(each.rules))});
    }
  }

  void add_nets(ChainId chain, const Group& group) {
    if (group.rules.size() <= kFewRules) return add_plain(chain, group);
    for (const NetSet& each : net_sets(ruleset_, group, table_.version)) {
      Conditions conditions;
      if (group.shape.protocol) conditions.push_back(ProtocolIs{*group.shape.protocol});
      conditions.push_back(InSet{sets_.nets(each.nets, table_.version), {group.shape.addresses}, false});
      add(chain, {std::move(conditions), target(each.action, next_block_), text(provenance_of(each.rules))});
    }
  }

  // Gives the chain in which later groups go on.
  ChainId add_ports(ChainId chain, const Group& group, bool last, const std::optional<Target>& next) {
    const auto trees = group.rules.size() > kFewRules ? port_trees(ruleset_, group) : std::nullopt;
    const std::size_t leaf_depth = depth_ + (trees ? levels(*trees) : 0) + 1;
    const std::size_t jumps_left = parts_left_ + (last ? 0 : 1);
    if (!trees || leaf_depth + jumps_left + kJumpsToEnd > kMostJumps) {
      add_plain(chain, group);
      return chain;
    }
    depth_ = leaf_depth + (last ? 0 : 1);
    const ChainId rest = last ? chain : new_chain();
    undecided_ = last ? next : std::optional(go_to(rest));
    for (const PortTree& tree : *trees) {
      // Only packets with readable ports are in the set, so that nothing in the tree can drop by itself.
      const InSet enters{sets_.tcp_udp_ports(tree.ports), {group.shape.ports}, false};
      TreeChains chains{tree, group.shape.ports, std::vector<std::optional<Rule>>(tree.leaves.size())};
      Rule entry = branch(chains, tree.root);
      entry.conditions = {ProtocolIs{tree.protocol}, enters};
      add(chain, std::move(entry));
    }
    if (!last) add(chain, {{}, *undecided_, ""});
    return rest;
  }

  // ---- trees

  static std::size_t levels(const std::vector<PortTree>& trees) {
    std::size_t most = 0;
    for (const PortTree& tree : trees) most = std::max(most, tree.levels);
    return most;
  }

  struct TreeChains {
    const PortTree& tree;
    Side ports;
    std::vector<std::optional<Rule>> ways_to_leaves;
  };

  // The rule that leads there, without its conditions.
  Rule branch(TreeChains& chains, const Branch& to) {
    if (!to.to_leaf) return {{}, go_to(node_chain(chains, chains.tree.nodes[to.to])), ""};
    std::optional<Rule>& way = chains.ways_to_leaves[to.to];
    if (!way) way = way_to(chains.tree.leaves[to.to]);
    return *way;
  }

  // As deep as the tree, whose every level divides by kFanOut.
  ChainId node_chain(TreeChains& chains, const std::vector<Branch>& branches) {
    const ChainId chain = new_chain();
    for (const Branch& each : branches) {
      Rule rule = branch(chains, each);
      // Whatever is in no branch before is in the last.
      if (&each != &branches.back())
        rule.conditions = {ProtocolIs{chains.tree.protocol}, PortIs{chains.ports, each.ports}};
      add(chain, std::move(rule));
    }
    return chain;
  }

  // A leaf that decides at once needs no chain.
  Rule way_to(const Leaf& leaf) {
    std::vector<Rule> rules = rules_of(leaf);
    if (rules.empty()) return {{}, undecided_.value_or(Return{}), ""};
    if (rules.front().conditions.empty() && !std::holds_alternative<ir::LogPacket>(rules.front().target))
      return rules.front();
    const ChainId chain = new_chain();
    if (undecided_) rules.push_back({{}, *undecided_, ""});
    table_.chains[chain].rules = std::move(rules);
    return {{}, go_to(chain), ""};
  }

  std::vector<Rule> rules_of(const Leaf& leaf) {
    std::vector<Rule> rules;
    for (const LeftRule& each : leaf) {
      for (Conditions& conditions : alternatives(sets_, each.match, table_.version)) {
        std::erase_if(conditions, [](const Condition& c) { return std::holds_alternative<ProtocolIs>(c); });
        rules.push_back(
            {std::move(conditions), target(each.rule->action, next_block_), text(each.rule->provenance)});
      }
    }
    return rules;
  }

  // ---- comments

  std::string text(std::span<const ir::Provenance> provenance) const {
    return options_.strip ? "" : comment(provenance);
  }
  static std::vector<ir::Provenance> provenance_of(const std::vector<const ir::Rule*>& rules) {
    std::vector<ir::Provenance> all;
    for (const ir::Rule* rule : rules) std::ranges::copy(rule->provenance, std::back_inserter(all));
    return all;
  }

  const ir::Ruleset& ruleset_;
  const Options& options_;
  SetStore& sets_;
  Table table_;
  const ir::InterfaceHook* hook_ = nullptr;
  std::size_t chains_of_hook_ = 0;
  std::size_t depth_ = 0;            // jumps on the longest way to where the walk goes on
  std::size_t parts_left_ = 0;       // of the hook, behind the one at hand
  Target next_block_ = Return{};     // of the part
  std::optional<Target> undecided_;  // where a tree's packets go on that it does not decide
};

}  // namespace

// A match may ask for sets before it turns out to be empty.
static std::vector<Set> used_sets(std::vector<Set> sets, const std::array<Table, 2>& tables) {
  std::set<std::string> used;
  for (const Table& table : tables) {
    for (const Chain& chain : table.chains) {
      for (const Rule& rule : chain.rules) {
        for (const Condition& condition : rule.conditions) {
          if (const auto* match = std::get_if<InSet>(&condition)) used.insert(match->set);
        }
      }
    }
  }
  std::erase_if(sets, [&](const Set& set) { return !used.contains(set.name); });
  return sets;
}

Program lower(const ir::Ruleset& ruleset, const Options& options) {
  SetStore sets(ruleset, !options.strip);
  Program program;
  for (std::size_t i = 0; i < program.tables.size(); ++i) {
    program.tables[i] = TableLowering(ruleset, options, ir::kIpVersions[i], sets).table();
  }
  program.sets = used_sets(sets.take(), program.tables);
  return program;
}

}  // namespace untrack::backends::iptables
