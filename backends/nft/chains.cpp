#include "backends/nft/chains.h"

#include <algorithm>
#include <cassert>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "backends/nft/costs.h"
#include "backends/nft/nets.h"

namespace untrack::backends::nft {

static std::uint32_t count(const std::vector<ir::PortRange>& ports) {
  std::uint32_t total = 0;
  for (const ir::PortRange& range : ports) total += range.last - range.first + 1u;
  return total;
}

// Each branch is counted once: the widest has a range for each gap between the others.
const Branch& widest(const Dispatch& split) {
  const Branch* found = &split.branches.front();
  std::uint32_t most = 0;
  for (const Branch& branch : split.branches) {
    const std::uint32_t ports = count(branch.ports);
    if (ports <= most) continue;
    found = &branch;
    most = ports;
  }
  return *found;
}

// ---- ports in rules and maps

static std::string map_name(const std::string& chain, Side side) {
  return fmt::format("{}/{}", chain, keyword(side));
}

// Behind which a rule may gain from a dispatch. Rules before it are looked at by every packet, once.
static bool begins_run(const RuleLists& lists, const Item& item) {
  return lists.asks_number(item, Side::Source) || lists.asks_number(item, Side::Destination) ||
         std::holds_alternative<ir::NextBlock>(lists.rule(item).action);
}

// ---- guards

static std::optional<Outcome> outcome(const Statement& statement) {
  if (std::holds_alternative<NotrackAccept>(statement)) return Outcome::Untrack;
  if (std::holds_alternative<Drop>(statement)) return Outcome::Drop;
  if (std::holds_alternative<Accept>(statement)) return Outcome::Track;
  return std::nullopt;
}

Statement ClassLowering::guarded(Statement statement) {
  assert(!std::holds_alternative<ir::LogPacket>(statement) || !guard_);
  const auto decides = outcome(statement);
  if (!guard_ || !decides) return statement;
  Outcomes outcomes{};
  outcomes[place_of(lists_.header_class())] = *decides;
  return as_statement(guarded_verdict(program_, *guard_, outcomes));
}

// ---- chains

// The chain of a list, made at its first use.
std::string ClassLowering::chain_of(RuleListId id, const std::string& wanted) {
  const auto [place, fresh] = chains_.try_emplace(id, unused(wanted));
  const std::string name = place->second;
  if (fresh) fill(name, lists_[id]);
  return name;
}

std::string ClassLowering::unused(const std::string& wanted) {
  std::string name = wanted;
  for (int i = 2; !names_.insert(name).second; ++i) name = fmt::format("{}.{}", wanted, i);
  return name;
}

// The rules of one chain.
class ClassLowering::ChainLowering {
 public:
  ChainLowering(ClassLowering& lowering, const std::string& name)
      : lowering_(lowering), lists_(lowering.lists_), name_(name) {}

  std::vector<Rule> plain(const std::vector<Item>& items) {
    for (const Item& item : items) add_rule({items, std::nullopt}, item);
    return std::move(rules_);
  }

  std::vector<Rule> rules(RuleList list, std::vector<Rule> before) {
    rules_ = std::move(before);
    bool linear = false;
    for (std::size_t at = 0; at < list.items.size();) {
      if (at > 0 && goes_to_between(list.items[at - 1], list.items[at])) {
        list = {{}, lists_.intern(lists_.skip_to(list, list.items[at].rule))};
        break;
      }
      auto split = !linear && begins_run(lists_, list.items[at]) ? dispatch(lists_, list, at) : std::nullopt;
      if (split && move_out(list, at, split->side)) split = dispatch(lists_, list, at);
      if (split) {
        const Branch& otherwise = widest(*split);
        add_dispatch(*split, otherwise);
        list = lists_[otherwise.list];
        starts_.clear();
        run_begins_ = true;
        at = 0;
        continue;
      }
      if (run_begins_) group_by_side(list, at);
      if (const std::size_t end = address_run(list, at); end > at) {
        at = end;
        run_begins_ = true;
        continue;
      }
      if (const auto by_address = split_by_address(list, at)) {
        add_split(*by_address);
        list = lists_[by_address->otherwise];
        starts_.clear();
        run_begins_ = true;
        at = 0;
        continue;
      }
      linear = linear || begins_run(lists_, list.items[at]);
      add_rule(list, list.items[at]);
      run_begins_ = run_begins_ || !may_be_copied(lists_.rule(list.items[at]));
      ++at;
    }
    if (list.next && !decided()) rules_.push_back({{}, go_on(*list.next), ""});
    if (lowering_.guard_ && lowering_.guard_->rest && !decided())
      rules_.push_back({{}, lowering_.guarded(Accept{}), ""});
    return std::move(rules_);
  }

 private:
  // Rules that do not look at the port would stand in every branch. Behind rules that decide the same they
  // may as well come first, once. Not those that keep packets tracked: behind the map they may be idle.
  bool move_out(RuleList& list, std::size_t from, Side side) {
    const ir::Action action = lists_.rule(list.items[from]).action;
    const bool decides =
        std::holds_alternative<ir::Untrack>(action) || std::holds_alternative<ir::Drop>(action);
    if (!decides) return false;
    std::vector<Item> moved, left(list.items.begin(), list.items.begin() + static_cast<std::ptrdiff_t>(from));
    std::size_t at = from;
    for (; at < list.items.size() && lists_.rule(list.items[at]).action == action; ++at) {
      const Item& item = list.items[at];
      (lists_.asks_number(item, side) ? left : moved).push_back(item);
    }
    if (moved.empty()) return false;
    for (const Item& item : moved) add_rule(list, item);
    left.insert(left.end(), list.items.begin() + static_cast<std::ptrdiff_t>(at), list.items.end());
    list.items = std::move(left);
    return true;
  }

  // Rules of a block that decide the same may stand in any order: those that look at addresses of one side
  // alone come first.
  void group_by_side(RuleList& list, std::size_t from) {
    const auto begin = list.items.begin() + static_cast<std::ptrdiff_t>(from);
    const ir::Action action = lists_.rule(*begin).action;
    if (!outcome(action)) return;
    const std::uint32_t block = lists_.flat(*begin).block;
    const auto end = std::find_if(begin, list.items.end(), [&](const Item& item) {
      return lists_.flat(item).block != block || lists_.rule(item).action != action;
    });
    auto grouped = begin;
    for (const Side side : {Side::Source, Side::Destination}) {
      grouped = std::stable_partition(
          grouped, end, [&](const Item& item) { return lists_.only_addresses(item, side).has_value(); });
    }
  }

  // Adds the rules from `from` on that look at addresses of one side alone, if they are many enough to be
  // looked up. Where they end.
  std::size_t address_run(const RuleList& list, std::size_t from) {
    for (const Side side : {Side::Source, Side::Destination}) {
      AddressList run;
      std::size_t at = from;
      for (; at < list.items.size(); ++at) {
        const auto rule = address_rule(lists_, list.items[at], side);
        if (!rule || (at > from && goes_to_between(list.items[at - 1], list.items[at]))) break;
        run.rules.push_back(*rule);
      }
      if (!many_nets(lists_, lowering_.program_.sets.ruleset(),
                     std::span(list.items).subspan(from, at - from), side))
        continue;
      add_address_run(run, side);
      return at;
    }
    return from;
  }

  // Tried where a run of rules begins.
  std::optional<AddressSplit> split_by_address(const RuleList& list, std::size_t from) {
    if (!std::exchange(run_begins_, false)) return std::nullopt;
    return nft::split_by_address(lists_, lowering_.program_.sets.ruleset(), lowering_.program_.remote, list,
                                 from, lowering_.split_budget_);
  }

  void add_split(const AddressSplit& split) {
    const std::string name = lowering_.unused(address_name(split.side));
    for (std::size_t v = 0; v < std::size(ir::kIpVersions); ++v) {
      std::vector<AddressElement> elements;
      for (std::size_t i = 0; i < split.branches[v].size(); ++i) {
        const AddressBranch& branch = split.branches[v][i];
        const Decision done =
            lowering_.decision(branch.list, fmt::format("{}{}-{}", name, v == 0 ? 4 : 6, i + 1));
        for (const ir::Cidr& net : branch.nets) elements.push_back({net, {}, done.verdict, done.comment});
      }
      std::ranges::sort(elements, {}, &AddressElement::net);
      std::ranges::move(address_rules(lowering_.program_, name, ir::kIpVersions[v], split.side, elements),
                        std::back_inserter(rules_));
    }
  }

  std::string address_name(Side side) const {
    return fmt::format("{}/{}", name_, side == Side::Source ? "saddr" : "daddr");
  }

  void add_address_run(const AddressList& run, Side side) {
    const std::string name = lowering_.unused(address_name(side));
    Program& program = lowering_.program_;
    for (const ir::IpVersion version : ir::kIpVersions) {
      std::vector<AddressElement> elements;
      for (const Cell& cell : cells({&run}, program.sets.ruleset(), version)) {
        const Statement found = statement(cell.outcomes.front(), program.mark);
        elements.push_back(
            {cell.net, {}, *as_verdict(lowering_.guarded(found)), lowering_.comment(cell.rules)});
      }
      std::ranges::move(address_rules(program, name, version, side, elements), std::back_inserter(rules_));
    }
  }

  // The last rule lets no packet pass.
  bool decided() const {
    return !rules_.empty() && rules_.back().conditions.empty() &&
           !std::holds_alternative<ir::LogPacket>(rules_.back().statement) &&
           !std::holds_alternative<PortDispatch>(rules_.back().statement) &&
           !std::holds_alternative<AddressDispatch>(rules_.back().statement);
  }

  // A block that rules go to begins a chain of its own, and the one before ends by going there.
  bool goes_to_between(const Item& before, const Item& item) const {
    return std::ranges::any_of(
        starts_, [&](std::uint32_t start) { return before.rule < start && start <= item.rule; });
  }

  Goto go_on(RuleListId id) {
    const std::uint32_t block = lists_.flat(lists_[id].items.front()).block;
    return {lowering_.chain_of(id, fmt::format("{}/{}", name_, block + 1))};
  }

  void add_rule(const RuleList& list, const Item& item) {
    const ir::Rule& rule = lists_.rule(item);
    Statement next_block = Accept{};
    if (std::holds_alternative<ir::NextBlock>(rule.action)) {
      const RuleList next = lists_.skip_to(list, lists_.flat(item).next_block);
      if (!next.empty()) next_block = go_on(lists_.intern(next));
      starts_.push_back(lists_.flat(item).next_block);
    }
    add_rules(rules_, lowering_.program_, lists_.match(item), {lists_.header_class(), item.version},
              {{},
               lowering_.guarded(nft::statement(rule.action, next_block, lowering_.program_.mark)),
               lowering_.comment(rule)});
  }

  void add_dispatch(const Dispatch& split, const Branch& otherwise) {
    std::vector<PortElement> elements;
    for (const Branch& branch : split.branches) {
      if (&branch == &otherwise) continue;
      const PortElement model = lowering_.element(branch, split.side, name_);
      for (const ir::PortRange& range : branch.ports)
        elements.push_back({range, model.verdict, model.comment});
    }
    const auto protocol = protocol_of(lists_.header_class(), ir::IpVersion::V4);
    add_port_rules(lowering_.program_, rules_, map_name(name_, split.side), split.side, protocol,
                   std::move(elements));
  }

  ClassLowering& lowering_;
  RuleLists& lists_;
  const std::string& name_;
  std::vector<Rule> rules_;
  std::vector<std::uint32_t> starts_;  // of blocks that rules here go to
  bool run_begins_ = true;             // of rules that may be split by address
};

// The chains that it goes to follow it.
void ClassLowering::fill(const std::string& name, const RuleList& list, std::vector<Rule> before) {
  const std::size_t place = program_.chains.size();
  program_.chains.push_back({name, std::nullopt, {}});
  std::vector<Rule> rules = ChainLowering(*this, name).rules(list, std::move(before));
  program_.chains[place].rules = std::move(rules);
}

std::vector<Rule> ClassLowering::plain_rules(const std::string& name, const std::vector<Item>& items) {
  return ChainLowering(*this, name).plain(items);
}

void ClassLowering::add(const std::string& name, const RuleList& list, std::vector<Rule> before) {
  fill(name, list, std::move(before));
}

// Of a statement that decides.
Verdict ClassLowering::verdict(const Statement& statement) {
  return used(program_, *as_verdict(statement));
}

ClassLowering::Decision ClassLowering::decision(RuleListId id, const std::string& wanted) {
  while (lists_[id].items.empty() && lists_[id].next) id = *lists_[id].next;
  if (const auto made = chains_.find(id); made != chains_.end()) return {Goto{made->second}, ""};
  const RuleList list = lists_[id];
  if (list.empty()) return {verdict(guarded(Accept{})), ""};
  const bool all_tracked = !list.next && std::ranges::all_of(list.items, [&](const Item& item) {
    return std::holds_alternative<ir::Track>(lists_.rule(item).action);
  });
  if (all_tracked) return {verdict(guarded(Accept{})), comment(lists_.rule(list.items.back()))};
  if (list.items.size() == 1 && lists_.unconditional(list.items[0])) {
    const ir::Rule& rule = lists_.rule(list.items[0]);
    const bool decides = !std::holds_alternative<ir::NextBlock>(rule.action) &&
                         !std::holds_alternative<ir::LogPacket>(rule.action);
    if (decides) {
      const Statement done = nft::statement(rule.action, Accept{}, program_.mark);
      return {verdict(guarded(done)), comment(rule)};
    }
  }
  return {Goto{chain_of(id, wanted)}, ""};
}

PortElement ClassLowering::element(const Branch& branch, Side side, const std::string& name) {
  const std::string wanted = fmt::format("{}/{}-{}", name, keyword(side), branch.ports.front().first);
  Decision done = decision(branch.list, wanted);
  return {{}, std::move(done.verdict), std::move(done.comment)};
}

}  // namespace untrack::backends::nft
