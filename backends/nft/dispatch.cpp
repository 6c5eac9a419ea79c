#include "backends/nft/dispatch.h"

#include <algorithm>
#include <map>
#include <span>
#include <utility>

#include "backends/nft/costs.h"
#include "backends/nft/ports.h"

namespace untrack::backends::nft {

namespace {

// The rules [from, to) of a list, split by the port of one side.
class Splitter {
 public:
  Splitter(RuleLists& lists, const RuleList& list, std::size_t from, std::size_t to, Side side)
      : lists_(lists),
        items_(list.items.begin() + static_cast<std::ptrdiff_t>(from),
               list.items.begin() + static_cast<std::ptrdiff_t>(to)),
        side_(side),
        rest_(lists.rest(list, to)) {
    for (std::uint32_t i = 0; i < items_.size(); ++i) collect(i);
  }

  std::optional<std::vector<Branch>> branches() {
    const std::size_t budget = kCopies * items_.size() + kMoreCopies;
    const auto classes = port_classes(sets_, budget);
    if (!classes || classes->size() * everywhere_.size() > budget) return std::nullopt;
    std::vector<Branch> branches;
    std::map<RuleListId, std::size_t> known;
    for (const PortClass& each : *classes) {
      const RuleListId list = lists_.intern(list_for(each));
      const auto [place, fresh] = known.try_emplace(list, branches.size());
      if (fresh) branches.push_back({{}, list});
      auto& ports = branches[place->second].ports;
      ports.insert(ports.end(), each.ports.begin(), each.ports.end());
    }
    return branches;
  }

 private:
  struct Owner {
    std::uint32_t item;
    bool negated;
  };

  const ir::SideMatch& side_match(const Item& item) const { return side_of(lists_.rule(item).match, side_); }

  void collect(std::uint32_t i) {
    if (!lists_.asks_number(items_[i], side_)) return everywhere_.push_back(i);
    const ir::SideMatch& side = side_match(items_[i]);
    if (!side.ports || !side.ports->sockets.empty()) everywhere_.push_back(i);
    if (side.ports && !side.ports->numbers.empty()) add(side.ports->numbers, {i, false});
    if (!side.not_ports.numbers.empty()) add(side.not_ports.numbers, {i, true});
  }
  void add(const ir::PortSet& ports, Owner owner) {
    sets_.push_back(&ports);
    owners_.push_back(owner);
  }

  // The rules that a packet of the class can match, up to one that decides for all of them.
  RuleList list_for(const PortClass& each) const {
    RuleList list{{}, rest_};
    std::vector<std::uint32_t> held, excluded, candidates;  // ascending: owners are
    for (const std::uint32_t set : each.within) {
      (owners_[set].negated ? excluded : held).push_back(owners_[set].item);
    }
    std::ranges::set_union(everywhere_, held, std::back_inserter(candidates));
    std::uint32_t start = 0;    // of the block to go on with
    std::uint32_t skipped = 0;  // where the farthest conditional skip so far goes to
    for (const std::uint32_t i : candidates) {
      if (items_[i].rule < start || std::ranges::binary_search(excluded, i)) continue;
      const Item item = with_port(items_[i], std::ranges::binary_search(held, i));
      const ir::Action& action = lists_.rule(item).action;
      const bool skips = std::holds_alternative<ir::NextBlock>(action);
      const bool ends = lists_.unconditional(item) && !std::holds_alternative<ir::LogPacket>(action);
      if (!ends || !skips) list.items.push_back(item);
      if (skips && !ends) skipped = lists_.flat(item).next_block;
      // Behind a rule that takes all packets are only those that skipped it.
      if (ends && !skips && skipped <= item.rule) return {std::move(list.items), std::nullopt};
      if (ends) start = lists_.flat(item).next_block;
    }
    if (start > 0) list = without_skipped(std::move(list), start);
    if (!list.next) drop_idle(list.items);
    return list;
  }

  // What keeps a packet tracked at the end of all rules does nothing. Rules that ask for this side's port
  // stay: they cost their packets alone, and say why these are tracked.
  void drop_idle(std::vector<Item>& items) const {
    while (!items.empty() && std::holds_alternative<ir::Track>(lists_.rule(items.back()).action) &&
           items.back()[side_] == Numbers::Open) {
      items.pop_back();
    }
  }

  // `start` may lie behind all items.
  RuleList without_skipped(RuleList list, std::uint32_t start) const {
    if (!rest_) return list;
    const RuleList rest = lists_.skip_to(lists_[*rest_], start);
    list.next = rest.empty() ? std::nullopt : std::optional(lists_.intern(rest));
    return list;
  }

  Item with_port(Item item, bool held) const {
    if (!lists_.asks_number(item, side_)) return item;
    const bool no_positive = !side_match(item).ports;
    item[side_] = held || no_positive ? Numbers::Held : Numbers::NotHeld;
    return item;
  }

  RuleLists& lists_;
  std::vector<Item> items_;
  Side side_;
  std::optional<RuleListId> rest_;
  std::vector<std::uint32_t> everywhere_;  // indices of items that may match whatever the number
  std::vector<const ir::PortSet*> sets_;
  std::vector<Owner> owners_;  // of the sets, ascending by item
};

}  // namespace

// The longest run of rules from `from` on that can be afforded; of more than `linear`.
static std::optional<Dispatch> dispatch_by(RuleLists& lists, const RuleList& list, std::size_t from,
                                           Side side, std::size_t linear) {
  std::size_t to = list.items.size();
  while (to > from && !lists.asks_number(list.items[to - 1], side)) --to;
  for (; to > from + linear; to = from + (to - from) / 2) {
    auto branches = Splitter(lists, list, from, to, side).branches();
    if (branches && branches->size() > 1) return Dispatch{side, std::move(*branches)};
  }
  return std::nullopt;
}

static std::size_t count_asking(const RuleLists& lists, std::span<const Item> items, Side side) {
  return static_cast<std::size_t>(
      std::ranges::count_if(items, [&](const Item& item) { return lists.asks_number(item, side); }));
}

std::size_t count_asking(const RuleLists& lists, const RuleList& list, Side side) {
  return count_asking(lists, std::span(list.items), side);
}

std::optional<Dispatch> dispatch_all(RuleLists& lists, const RuleList& list, Side side) {
  return dispatch_by(lists, list, 0, side, 0);
}

std::optional<Dispatch> dispatch(RuleLists& lists, const RuleList& list, std::size_t from) {
  const std::span<const Item> items = std::span(list.items).subspan(from);
  if (items.size() <= kLinearRules) return std::nullopt;
  const bool by_source =
      count_asking(lists, items, Side::Source) > count_asking(lists, items, Side::Destination);
  const Side first = by_source ? Side::Source : Side::Destination;
  if (auto found = dispatch_by(lists, list, from, first, kLinearRules)) return found;
  return dispatch_by(lists, list, from, by_source ? Side::Destination : Side::Source, kLinearRules);
}

}  // namespace untrack::backends::nft
