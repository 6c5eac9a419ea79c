#include "backends/iptables/lower.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "backends/iptables/address_tree.h"
#include "backends/iptables/chains.h"
#include "backends/iptables/comment.h"
#include "backends/iptables/costs.h"
#include "backends/iptables/dispatch.h"
#include "backends/iptables/groups.h"
#include "backends/iptables/match.h"
#include "backends/iptables/names.h"
#include "backends/iptables/net_chains.h"
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

// To the chain that allows.
static constexpr std::size_t kJumpsToEnd = 1;
// Levels of nets leave so many to trees of ports, which save more.
static constexpr std::size_t kJumpsForTrees = 4;

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
      : ruleset_(ruleset), options_(options), sets_(sets), version_(version) {}

  Table table() {
    add_entry(ir::Direction::Ingress, kPreroutingChain);
    add_entry(ir::Direction::Egress, kOutputChain);
    chains_.append(allow_chain(options_.accept_mark));
    for (const ir::InterfaceHook& hook : ruleset_.hooks) add_hook(hook);
    return {version_, chains_.take(), options_.accept_mark};
  }

 private:
  using ChainId = Chains::Id;

  void add_entry(ir::Direction direction, std::string_view name) {
    Chain chain{std::string(name), {}};
    if (options_.accept_mark) chain.rules.push_back({{}, SetMark{*options_.accept_mark, false}, ""});
    for (const ir::InterfaceHook& hook : ruleset_.hooks) {
      if (hook.direction != direction) continue;
      chain.rules.push_back({{InterfaceIs{direction, hook.interface_name}}, Goto{chain_name(hook, 1)}, ""});
    }
    chains_.append(std::move(chain));
  }

  ChainId new_chain() { return chains_.open(); }
  Target go_to(ChainId chain) const { return chains_.way_to(chain); }
  void add(ChainId chain, Rule rule) { chains_.add(chain, std::move(rule)); }

  void add_hook(const ir::InterfaceHook& hook) {
    chains_.begin(hook);
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
        if (!of_version(ruleset_, rule.match, version_)) continue;
        result.back().rules.push_back(&rule);
        result.back().skips |= std::holds_alternative<ir::NextBlock>(rule.action) &&
                               !alternatives(sets_, rule.match, version_, ShortLists::Sets).empty();
      }
    }
    return result;
  }

  // Packets that no rule decides go on to `next`, or leave us.
  void add_part(ChainId chain, const Part& part, const std::optional<Target>& next) {
    next_block_ = next.value_or(Return{});
    const std::vector<Group> all = groups(part.rules, ruleset_, version_);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const Behind behind{i + 1 == all.size(), next};
      switch (all[i].shape.form) {
        case Form::Plain: chain = add_plain(chain, all[i], behind); break;
        case Form::Services: chain = add_services(chain, all[i], behind); break;
        case Form::Nets: chain = add_nets(chain, all[i], behind); break;
        case Form::Ports: chain = add_ports(chain, all[i], behind); break;
      }
    }
    if (next) add(chain, {{}, *next, ""});
  }

  // ---- groups. Each gives the chain in which the ones behind it go on.

  // What follows a rule or a group in its part.
  struct Behind {
    bool last = false;                  // nothing of the part
    const std::optional<Target>& next;  // part
  };

  // The chain for what follows, and where packets go on that nothing decides before it.
  struct Rest {
    ChainId chain;
    Otherwise otherwise;
  };
  Rest rest_of(ChainId chain, const Behind& behind) {
    if (behind.last) return {chain, behind.next};
    const ChainId rest = new_chain();
    return {rest, go_to(rest)};
  }

  static Conditions with(Conditions conditions, const Condition& more) {
    conditions.push_back(more);
    return conditions;
  }
  static std::size_t count_nets(const std::vector<NetSet>& sets) {
    std::size_t count = 0;
    for (const NetSet& each : sets) count += each.nets.size();
    return count;
  }

  // Rules that may be written several times stand in a tree, if there are many in a row.
  ChainId add_plain(ChainId chain, const Group& group, const Behind& behind) {
    const std::span<const ir::Rule* const> rules = group.rules;
    for (std::size_t first = 0; first < rules.size();) {
      const auto end = std::find_if(rules.begin() + static_cast<std::ptrdiff_t>(first), rules.end(),
                                    [this](const ir::Rule* rule) { return stands_alone(*rule); });
      const std::size_t past = static_cast<std::size_t>(end - rules.begin());
      const Behind behind_them{behind.last && past == rules.size(), behind.next};
      if (const auto tree = tree_of(rules.subspan(first, past - first), behind_them)) {
        chain = add_address_tree(chain, *tree, behind_them);
        first = past;
      } else {
        const std::size_t until = past == first ? first + 1 : past;
        for (; first < until; ++first)
          chain = add_rule(chain, *rules[first], {behind.last && first + 1 == rules.size(), behind.next});
      }
    }
    return chain;
  }

  ChainId add_rule(ChainId chain, const ir::Rule& rule, const Behind& behind) {
    // Each of several rules would have a limit of its own.
    const auto* log = std::get_if<ir::LogPacket>(&rule.action);
    const ShortLists lists = log != nullptr && log->limit ? ShortLists::Sets : ShortLists::Alternatives;
    std::vector<Conditions> all = alternatives(sets_, rule.match, version_, lists);
    if (const auto nets = leveled_nets(rule); nets && !all.empty()) {
      const InSet plain{sets_.addresses(nets->id, version_), {nets->side}, nets->negated};
      for (Conditions& conditions : all) {
        std::erase_if(conditions, [&](const Condition& each) {
          const auto* set = std::get_if<InSet>(&each);
          return set != nullptr && set->set == plain.set && set->sides == plain.sides &&
                 set->negated == plain.negated;
        });
      }
      if (enough_jumps(jumps_within(*nets->levels, all), behind)) {
        return add_leveled(chain, all, *nets, rule, behind);
      }
      all = alternatives(sets_, rule.match, version_, lists);
    }
    for (Conditions& conditions : all)
      add(chain, {std::move(conditions), target(rule.action, next_block_), text(rule.provenance)});
    return chain;
  }

  ChainId add_services(ChainId chain, const Group& group, const Behind& behind) {
    const auto all = group.rules.size() > kFewRules ? service_sets(ruleset_, group, version_) : std::nullopt;
    if (!all) return add_plain(chain, group, behind);
    for (const ServiceSet& each : *all) {
      const InSet found{
          sets_.services(each.elements, version_), {group.shape.addresses, group.shape.ports}, false};
      add(chain, {{found}, target(each.action, next_block_), text(provenance_of(each.rules))});
    }
    return chain;
  }

  ChainId add_nets(ChainId chain, const Group& group, const Behind& behind) {
    if (group.rules.size() == 1) return add_plain(chain, group, behind);
    const std::vector<NetSet> all = net_sets(ruleset_, group, version_);
    if (group.rules.size() <= kFewRules && count_nets(all) < kManyNets)
      return add_plain(chain, group, behind);
    Conditions protocol;
    if (group.shape.protocol) protocol.push_back(ProtocolIs{*group.shape.protocol});
    NetLists lists;
    std::vector<NetEnd> ends;
    for (const NetSet& each : all) {
      lists.push_back(each.nets);
      ends.push_back({target(each.action, next_block_), text(provenance_of(each.rules))});
    }
    const auto levels = net_levels(lists);
    const std::span<const Conditions> conditions(&protocol, 1);
    if (levels && enough_jumps(jumps_within(*levels, conditions), behind)) {
      const Rest rest = rest_of_levels(chain, jumps_within(*levels, conditions), behind);
      add_levels(chains_, sets_, chain, conditions, group.shape.addresses, *levels, ends, rest.otherwise);
      return go_on(chain, rest, behind);
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
      const InSet found{sets_.nets(all[i].nets, version_), {group.shape.addresses}, false};
      add(chain, {with(protocol, found), ends[i].target, ends[i].comment});
    }
    return chain;
  }

  ChainId add_ports(ChainId chain, const Group& group, const Behind& behind) {
    const auto trees = group.rules.size() > kFewRules ? port_trees(ruleset_, group) : std::nullopt;
    const std::size_t leaf_depth = depth_ + (trees ? levels(*trees) : 0) + 1;
    const std::size_t jumps_left = jumps_behind(behind);
    if (!trees || leaf_depth + jumps_left > kMostJumps) return add_plain(chain, group, behind);
    std::vector<LeafTrees> leaves;
    std::size_t most_levels = 0;
    for (const PortTree& tree : *trees) {
      LeafTrees& of_tree = leaves.emplace_back();
      for (const Leaf& leaf : tree.leaves) {
        of_tree.push_back(address_tree(ruleset_, leaf, version_, kMostJumps - leaf_depth - jumps_left));
        if (of_tree.back()) most_levels = std::max(most_levels, of_tree.back()->levels);
      }
    }
    depth_ = leaf_depth + most_levels + (behind.last ? 0 : 1);
    const Rest rest = rest_of(chain, behind);
    undecided_ = rest.otherwise;
    for (std::size_t i = 0; i < trees->size(); ++i) {
      const PortTree& tree = (*trees)[i];
      // Only packets with readable ports are in the set, so that nothing in the tree can drop by itself.
      const InSet enters{sets_.tcp_udp_ports(tree.ports), {group.shape.ports}, false};
      TreeChains chains{tree, group.shape.ports, leaves[i],
                        std::vector<std::optional<Rule>>(tree.leaves.size())};
      Rule entry = branch(chains, tree.root);
      entry.conditions = {ProtocolIs{tree.protocol}, enters};
      add(chain, std::move(entry));
    }
    if (!behind.last) add(chain, {{}, *undecided_, ""});
    return rest.chain;
  }

  // ---- nets in two levels

  // A large set of addresses that a rule asks for.
  struct LeveledNets {
    ir::AddressSetId id;
    Side side;
    bool negated;
    const NetLevels* levels;
  };

  // The largest set of the rule that has levels.
  std::optional<LeveledNets> leveled_nets(const ir::Rule& rule) {
    const auto* log = std::get_if<ir::LogPacket>(&rule.action);
    if (log != nullptr && log->limit) return std::nullopt;  // would be a limit in each chain
    std::optional<LeveledNets> found;
    std::size_t most = 0;
    const auto look = [&](Side side, const std::vector<ir::AddressSetId>& ids, bool negated) {
      for (const ir::AddressSetId id : ids) {
        const std::size_t size = ruleset_.address_sets[id].prefixes(version_).size();
        if (size <= most) continue;
        if (const auto& levels = levels_of(id)) {
          found = {id, side, negated, &*levels};
          most = size;
        }
      }
    };
    for (const Side side : {Side::Source, Side::Destination}) {
      look(side, side_of(rule.match, side).in, false);
      // Packets that are in none of the nets meet the action at their end, which has to be the end.
      if (log == nullptr) look(side, side_of(rule.match, side).not_in, true);
    }
    return found;
  }

  const std::optional<NetLevels>& levels_of(ir::AddressSetId id) {
    const auto [place, is_new] = levels_.try_emplace(id);
    if (is_new) {
      const auto prefixes = ruleset_.address_sets[id].prefixes(version_);
      place->second = net_levels({{prefixes.begin(), prefixes.end()}});
    }
    return place->second;
  }

  std::size_t jumps_behind(const Behind& behind) const {
    return parts_left_ + (behind.last ? 0 : 1) + kJumpsToEnd;
  }
  bool enough_jumps(std::size_t within, const Behind& behind) const {
    return depth_ + within + jumps_behind(behind) + kJumpsForTrees <= kMostJumps;
  }

  Rest rest_of_levels(ChainId chain, std::size_t jumps, const Behind& behind) {
    depth_ += jumps + (behind.last ? 0 : 1);
    return rest_of(chain, behind);
  }
  ChainId go_on(ChainId chain, const Rest& rest, const Behind& behind) {
    if (!behind.last) add(chain, {{}, *rest.otherwise, ""});
    return rest.chain;
  }

  ChainId add_leveled(ChainId chain, std::span<const Conditions> conditions, const LeveledNets& nets,
                      const ir::Rule& rule, const Behind& behind) {
    const Rest rest = rest_of_levels(chain, jumps_within(*nets.levels, conditions), behind);
    NetEnd end{target(rule.action, next_block_), text(rule.provenance)};
    Otherwise otherwise = rest.otherwise;
    if (nets.negated) {
      otherwise = end.target;
      end = {rest.otherwise.value_or(Return{}), ""};
    }
    add_levels(chains_, sets_, chain, conditions, nets.side, *nets.levels, {&end, 1}, otherwise);
    if (nets.negated && is_unconditional(conditions)) {
      add(chain, {{}, *otherwise, text(rule.provenance)});
      return rest.chain;
    }
    return go_on(chain, rest, behind);
  }

  // ---- trees

  static std::size_t levels(const std::vector<PortTree>& trees) {
    std::size_t most = 0;
    for (const PortTree& tree : trees) most = std::max(most, tree.levels);
    return most;
  }

  using LeafTrees = std::vector<std::optional<AddressTree>>;
  struct TreeChains {
    const PortTree& tree;
    Side ports;
    const LeafTrees& leaf_trees;  // of the leaves that are long
    std::vector<std::optional<Rule>> ways_to_leaves;
  };

  // The rule that leads there, without its conditions.
  Rule branch(TreeChains& chains, const Branch& to) {
    if (!to.to_leaf) return {{}, go_to(node_chain(chains, chains.tree.nodes[to.to])), ""};
    std::optional<Rule>& way = chains.ways_to_leaves[to.to];
    if (!way) {
      const std::optional<AddressTree>& tree = chains.leaf_trees[to.to];
      way = tree ? way_to(*tree, Protocols::Known) : way_to(chains.tree.leaves[to.to], Protocols::Known);
    }
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

  // Whether the protocol has been asked for on the way to a leaf.
  enum class Protocols : bool { Open, Known };

  // A leaf that decides at once needs no chain.
  Rule way_to(const Leaf& leaf, Protocols protocols) {
    std::vector<Rule> rules = rules_of(leaf, protocols);
    if (rules.empty()) return {{}, undecided_.value_or(Return{}), ""};
    if (is_final(rules.front())) return rules.front();
    const ChainId chain = new_chain();
    add_all(chain, std::move(rules));
    return {{}, go_to(chain), ""};
  }

  static bool is_final(const Rule& rule) {
    return rule.conditions.empty() && !std::holds_alternative<ir::LogPacket>(rule.target);
  }

  // A chain that ends with these.
  void add_all(ChainId chain, std::vector<Rule> rules) {
    const bool ends = !rules.empty() && is_final(rules.back());
    for (Rule& rule : rules) add(chain, std::move(rule));
    if (undecided_ && !ends) add(chain, {{}, *undecided_, ""});
  }

  // What follows a rule that takes all packets is left out.
  std::vector<Rule> rules_of(const Leaf& leaf, Protocols protocols) {
    std::vector<Rule> rules;
    for (const LeftRule& each : leaf) {
      for (Conditions& conditions : alternatives(sets_, each.match, version_, ShortLists::Alternatives)) {
        if (protocols == Protocols::Known)
          std::erase_if(conditions, [](const Condition& c) { return std::holds_alternative<ProtocolIs>(c); });
        if (each.source) conditions.push_back(AddressIs{Side::Source, *each.source});
        if (each.destination) conditions.push_back(AddressIs{Side::Destination, *each.destination});
        rules.push_back(
            {std::move(conditions), target(each.rule->action, next_block_), text(each.rule->provenance)});
        if (is_final(rules.back())) return rules;
      }
    }
    return rules;
  }

  // ---- trees of addresses

  // A limit would be as many limits, and levels of nets are better for large sets.
  bool stands_alone(const ir::Rule& rule) {
    const auto* log = std::get_if<ir::LogPacket>(&rule.action);
    return is_failsafe(rule) || (log != nullptr && log->limit) || leveled_nets(rule);
  }

  std::optional<AddressTree> tree_of(std::span<const ir::Rule* const> rules, const Behind& behind) const {
    const std::size_t jumps = depth_ + 1 + jumps_behind(behind);  // with the way to a leaf
    if (jumps >= kMostJumps) return std::nullopt;
    Leaf all;
    for (const ir::Rule* rule : rules) all.push_back({rule, rule->match});
    return address_tree(ruleset_, std::move(all), version_, kMostJumps - jumps);
  }

  ChainId add_address_tree(ChainId chain, const AddressTree& tree, const Behind& behind) {
    depth_ += tree.levels + (behind.last ? 0 : 1);
    const Rest rest = rest_of(chain, behind);
    undecided_ = rest.otherwise;
    fill(chain, tree, tree.nodes.size() - 1, Protocols::Open, behind.last);
    return rest.chain;
  }

  Rule way_to(const AddressTree& tree, Protocols protocols) {
    return way_to(tree, tree.nodes.size() - 1, protocols);
  }

  Rule way_to(const AddressTree& tree, std::size_t node, Protocols protocols) {
    if (tree.nodes[node].branches.empty()) return way_to(tree.nodes[node].rules, protocols);
    const ChainId chain = new_chain();
    fill(chain, tree, node, protocols, false);
    return {{}, go_to(chain), ""};
  }

  // What is in no branch goes on in the same chain. As deep as the tree.
  void fill(ChainId chain, const AddressTree& tree, std::size_t node, Protocols protocols, bool is_open) {
    while (!tree.nodes[node].branches.empty()) {
      const AddressTree::Node& here = tree.nodes[node];
      for (const AddressTree::Branch& branch : here.branches) {
        Rule rule = way_to(tree, branch.to, protocols);
        rule.conditions = {AddressIs{here.side, branch.net}};
        add(chain, std::move(rule));
      }
      node = here.otherwise;
    }
    std::vector<Rule> rules = rules_of(tree.nodes[node].rules, protocols);
    if (!is_open) return add_all(chain, std::move(rules));
    for (Rule& rule : rules) add(chain, std::move(rule));
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
  ir::IpVersion version_;
  Chains chains_;
  std::map<ir::AddressSetId, std::optional<NetLevels>> levels_;  // of sets that were asked for
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
