#include "backends/nft/chains.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "backends/nft/dispatch.h"
#include "backends/nft/rules.h"

namespace untrack::backends::nft {

// A range of so many ports at most becomes single elements of a hash table; a wider one stands in a tree of
// its own, which is asked second. A tree costs about twice a hash table; 65,536 elements, more than which
// there cannot be, load in 0.6 s (docs/performance.md, "Packets (nft)").
static constexpr int kExpandedPorts = 16;

static std::uint32_t count(const std::vector<ir::PortRange>& ports) {
  std::uint32_t total = 0;
  for (const ir::PortRange& range : ports) total += range.last - range.first + 1u;
  return total;
}

static std::string_view keyword(Side side) {
  return side == Side::Source ? "sport" : "dport";
}

static const Branch& widest(const std::vector<Branch>& branches) {
  return *std::ranges::max_element(branches, {}, [](const Branch& branch) { return count(branch.ports); });
}

// Behind which a rule may gain from a dispatch. Rules before it are looked at by every packet, once.
static bool begins_run(const RuleLists& lists, const Item& item) {
  return lists.asks_number(item, Side::Source) || lists.asks_number(item, Side::Destination) ||
         std::holds_alternative<ir::NextBlock>(lists.rule(item).action);
}

namespace {

class ClassLowering {
 public:
  ClassLowering(Program& program, const std::vector<FlatRule>& rules, HeaderClass header_class)
      : program_(program), lists_(rules, header_class) {}

  void add(const std::string& name) { fill(name, lists_.all(), Prefixes::Together); }

 private:
  // The chain of a list, made at its first use.
  std::string chain_of(RuleListId id, const std::string& wanted, Prefixes prefixes) {
    const auto [place, fresh] = chains_.try_emplace(id, unused(wanted));
    const std::string name = place->second;
    if (fresh) fill(name, lists_[id], prefixes);
    return name;
  }

  std::string unused(const std::string& wanted) {
    std::string name = wanted;
    for (int i = 2; !names_.insert(name).second; ++i) name = fmt::format("{}.{}", wanted, i);
    return name;
  }

  void fill(const std::string& name, RuleList list, Prefixes prefixes) {
    const std::size_t place = program_.chains.size();  // before the chains that it goes to
    program_.chains.push_back({name, std::nullopt, {}});
    std::vector<Rule> rules = ChainLowering(*this, name, prefixes).rules(std::move(list));
    program_.chains[place].rules = std::move(rules);
  }

  // The rules of one chain.
  class ChainLowering {
   public:
    ChainLowering(ClassLowering& lowering, const std::string& name, Prefixes prefixes)
        : lowering_(lowering), lists_(lowering.lists_), name_(name), prefixes_(prefixes) {}

    std::vector<Rule> rules(RuleList list) {
      bool linear = false;
      for (std::size_t at = 0; at < list.items.size();) {
        if (at > 0 && goes_to_between(list.items[at - 1], list.items[at])) {
          list = {{}, lists_.intern(lists_.skip_to(list, list.items[at].rule))};
          break;
        }
        auto split =
            !linear && begins_run(lists_, list.items[at]) ? dispatch(lists_, list, at) : std::nullopt;
        if (split && move_out(list, at, split->side)) split = dispatch(lists_, list, at);
        if (split) {
          const Branch& otherwise = widest(split->branches);
          add_dispatch(*split, otherwise);
          list = lists_[otherwise.list];
          starts_.clear();
          at = 0;
          continue;
        }
        linear = linear || begins_run(lists_, list.items[at]);
        add_rule(list, list.items[at]);
        ++at;
      }
      if (list.next && !decided()) rules_.push_back({{}, go_on(*list.next), ""});
      return std::move(rules_);
    }

   private:
    // Rules that do not look at the port would stand in every branch. Behind rules that decide the same they
    // may as well come first, once. Failsafe ports of the other direction are such.
    bool move_out(RuleList& list, std::size_t from, Side side) {
      const ir::Action action = lists_.rule(list.items[from]).action;
      if (std::holds_alternative<ir::NextBlock>(action) || std::holds_alternative<ir::LogPacket>(action)) {
        return false;
      }
      std::vector<Item> moved,
          left(list.items.begin(), list.items.begin() + static_cast<std::ptrdiff_t>(from));
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

    // The last rule lets no packet pass.
    bool decided() const {
      return !rules_.empty() && rules_.back().conditions.empty() &&
             !std::holds_alternative<ir::LogPacket>(rules_.back().statement) &&
             !std::holds_alternative<PortDispatch>(rules_.back().statement);
    }

    // A block that rules go to begins a chain of its own, and the one before ends by going there.
    bool goes_to_between(const Item& before, const Item& item) const {
      return std::ranges::any_of(
          starts_, [&](std::uint32_t start) { return before.rule < start && start <= item.rule; });
    }

    Goto go_on(RuleListId id) {
      const std::uint32_t block = lists_.flat(lists_[id].items.front()).block;
      return {lowering_.chain_of(id, fmt::format("{}/{}", name_, block + 1), prefixes_)};
    }

    void add_rule(const RuleList& list, const Item& item) {
      const ir::Rule& rule = lists_.rule(item);
      Statement next_block = Accept{};
      if (std::holds_alternative<ir::NextBlock>(rule.action)) {
        const RuleList next = lists_.skip_to(list, lists_.flat(item).next_block);
        if (!next.empty()) next_block = go_on(lists_.intern(next));
        starts_.push_back(lists_.flat(item).next_block);
      }
      add_rules(rules_, lowering_.program_.sets, lists_.match(item), lists_.header_class(), prefixes_,
                {{}, statement(rule.action, next_block, lowering_.program_.mark), lowering_.comment(rule)});
    }

    void add_dispatch(const Dispatch& split, const Branch& otherwise) {
      PortMap single{fmt::format("{}/{}", name_, keyword(split.side)), {}};
      PortMap ranges{single.name + "-ranges", {}};
      for (const Branch& branch : split.branches) {
        if (&branch == &otherwise) continue;
        const PortElement model = element(branch, split.side);
        for (const ir::PortRange& range : branch.ports) add_elements(single, ranges, range, model);
      }
      for (PortMap* map : {&single, &ranges}) {
        if (map->elements.empty()) continue;
        std::ranges::sort(map->elements, {}, &PortElement::ports);
        rules_.push_back(
            {{},
             PortDispatch{split.side, *protocol_of(lists_.header_class(), ir::IpVersion::V4), map->name},
             ""});
        lowering_.program_.maps.push_back(std::move(*map));
      }
    }

    static void add_elements(PortMap& single, PortMap& ranges, ir::PortRange range, PortElement model) {
      if (range.last - range.first >= kExpandedPorts) {
        model.ports = range;
        ranges.elements.push_back(std::move(model));
        return;
      }
      for (int port = range.first; port <= range.last; ++port) {
        model.ports = {static_cast<ir::Port>(port), static_cast<ir::Port>(port)};
        single.elements.push_back(model);
      }
    }

    // What is done with a port of the branch; for a rule that decides alone no chain is needed.
    PortElement element(const Branch& branch, Side side) {
      const RuleList list = lists_[branch.list];
      if (list.empty()) return {{}, Accept{}, ""};
      if (list.items.empty()) return {{}, go_on(*list.next), ""};
      const bool decided = list.items.size() == 1 && lists_.unconditional(list.items[0]);
      const ir::Rule& rule = lists_.rule(list.items[0]);
      if (decided && std::holds_alternative<ir::Track>(rule.action))
        return {{}, Accept{}, lowering_.comment(rule)};
      if (decided && std::holds_alternative<ir::Drop>(rule.action))
        return {{}, Drop{}, lowering_.comment(rule)};
      if (decided && std::holds_alternative<ir::Untrack>(rule.action)) {
        lowering_.program_.uses_untrack_chain = true;
        return {{}, Goto{std::string(kUntrackChain)}, lowering_.comment(rule)};
      }
      const std::string wanted = fmt::format("{}/{}-{}", name_, keyword(side), branch.ports.front().first);
      return {{}, Goto{lowering_.chain_of(branch.list, wanted, Prefixes::OneEach)}, ""};
    }

    ClassLowering& lowering_;
    RuleLists& lists_;
    const std::string& name_;
    Prefixes prefixes_;
    std::vector<Rule> rules_;
    std::vector<std::uint32_t> starts_;  // of blocks that rules here go to
  };

  std::string comment(const ir::Rule& rule) const { return program_.comments ? nft::comment(rule) : ""; }

  Program& program_;
  RuleLists lists_;
  std::map<RuleListId, std::string> chains_;
  std::set<std::string> names_;
};

}  // namespace

void add_chains(Program& program, const std::vector<FlatRule>& rules, HeaderClass header_class,
                const std::string& name) {
  ClassLowering(program, rules, header_class).add(name);
}

}  // namespace untrack::backends::nft
