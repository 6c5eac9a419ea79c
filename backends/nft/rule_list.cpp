#include "backends/nft/rule_list.h"

#include <algorithm>
#include <span>
#include <utility>

namespace untrack::backends::nft {

std::vector<FlatRule> flat_rules(const ir::InterfaceHook& hook) {
  std::vector<FlatRule> rules;
  std::uint32_t block_number = 0;
  for (const ir::Block& block : hook.blocks) {
    const auto end = static_cast<std::uint32_t>(rules.size() + block.rules.size());
    for (const ir::Rule& rule : block.rules) rules.push_back({&rule, block_number, end});
    ++block_number;
  }
  return rules;
}

std::vector<FlatRule> behind(const std::vector<FlatRule>& rules, std::uint32_t count) {
  std::vector<FlatRule> rest(rules.begin() + count, rules.end());
  for (FlatRule& each : rest) each.next_block -= count;
  return rest;
}

const ir::SideMatch& side_of(const ir::Match& match, Side side) {
  return side == Side::Source ? match.source : match.destination;
}

bool possible(const ir::Match& match, HeaderClass header_class) {
  const auto speaks = [&](ir::IpVersion version) {
    const auto known = protocol_of(header_class, version);
    return !known || ((!match.protocol || match.protocol == known) && match.not_protocol != known);
  };
  if (!std::ranges::any_of(ir::kIpVersions, speaks)) return false;
  if (match.icmp && header_class != HeaderClass::Icmp) return false;
  const bool wants_ports = match.source.ports || match.destination.ports;
  return !wants_ports || has_ports(header_class);
}

bool any_rule(const std::vector<FlatRule>& rules, HeaderClass header_class) {
  return std::ranges::any_of(rules,
                             [&](const FlatRule& each) { return possible(each.rule->match, header_class); });
}

RuleList RuleLists::all() const {
  RuleList list;
  for (std::uint32_t i = 0; i < rules_.size(); ++i) {
    if (possible(rules_[i].rule->match, header_class_)) list.items.push_back({i, {}});
  }
  return list;
}

static bool addresses_hold(const Item& item, Side side) {
  return item.addresses_hold[static_cast<std::size_t>(side)];
}

static void forget_known(ir::SideMatch& side, Numbers numbers, bool addresses_hold) {
  if (addresses_hold) {
    side.in.clear();
    side.not_in.clear();
  }
  if (numbers == Numbers::Open) return;
  side.not_ports.numbers = {};
  if (numbers == Numbers::Held) {
    side.ports.reset();
  } else if (side.ports) {
    side.ports->numbers = {};
  }
}

ir::Match RuleLists::match(const Item& item) const {
  ir::Match match = rule(item).match;
  forget_known(match.source, item[Side::Source], addresses_hold(item, Side::Source));
  forget_known(match.destination, item[Side::Destination], addresses_hold(item, Side::Destination));
  if (item.version) match.ip_version = item.version;
  return match;
}

// Of packets that have ports.
static bool ports_settled(const ir::SideMatch& side, Numbers known) {
  return (!side.ports || known == Numbers::Held) && side.not_ports.sockets.empty() &&
         (side.not_ports.numbers.empty() || known != Numbers::Open);
}

bool RuleLists::header_settled(const Item& item) const {
  const ir::Match& match = rule(item).match;
  const auto settled = [&](ir::IpVersion version) {
    if (item.version && version != item.version) return true;
    const auto known = protocol_of(header_class_, version);
    return known ? (!match.protocol || match.protocol == known) && match.not_protocol != known
                 : !match.protocol && !match.not_protocol;
  };
  if (!std::ranges::all_of(ir::kIpVersions, settled)) return false;
  // Packets without ports are in every negated port, and in no list of ports (`possible`).
  if (header_class_ == HeaderClass::Icmp) return !match.icmp && !match.not_icmp;
  return !has_ports(header_class_) || (ports_settled(match.source, item[Side::Source]) &&
                                       ports_settled(match.destination, item[Side::Destination]));
}

bool RuleLists::unconditional(const Item& item) const {
  const auto version = rule(item).match.ip_version;
  return (!version || version == item.version) && header_settled(item) && !asks_address(item, Side::Source) &&
         !asks_address(item, Side::Destination);
}

bool RuleLists::asks_address(const Item& item, Side side) const {
  const ir::SideMatch& match = side_of(rule(item).match, side);
  return !addresses_hold(item, side) && (!match.in.empty() || !match.not_in.empty());
}

std::optional<ir::AddressSetId> RuleLists::only_addresses(const Item& item, Side side) const {
  const ir::SideMatch& match = side_of(rule(item).match, side);
  const Side other = side == Side::Source ? Side::Destination : Side::Source;
  const bool alone =
      asks_address(item, side) && match.in.size() == 1 && match.not_in.empty() && !asks_address(item, other);
  return alone && header_settled(item) ? std::optional(match.in.front()) : std::nullopt;
}

bool RuleLists::asks_number(const Item& item, Side side) const {
  const ir::SideMatch& match = side_of(rule(item).match, side);
  const bool numbers = (match.ports && !match.ports->numbers.empty()) || !match.not_ports.numbers.empty();
  return has_ports(header_class_) && numbers && item[side] == Numbers::Open;
}

RuleListId RuleLists::intern(RuleList list) {
  const auto [place, fresh] = ids_.try_emplace(list, RuleListId{static_cast<std::uint32_t>(lists_.size())});
  if (fresh) lists_.push_back(std::move(list));
  return place->second;
}

std::optional<RuleListId> RuleLists::rest(const RuleList& list, std::size_t count) {
  const std::span<const Item> items = std::span(list.items).subspan(count);
  return items.empty() ? list.next : intern({{items.begin(), items.end()}, list.next});
}

RuleList RuleLists::joined(RuleList list) const {
  while (list.next) {
    const RuleList& tail = lists_[list.next->index];
    list.items.insert(list.items.end(), tail.items.begin(), tail.items.end());
    list.next = tail.next;
  }
  return list;
}

RuleList RuleLists::skip_to(const RuleList& list, std::uint32_t start) const {
  const RuleList* from = &list;
  while (true) {
    const auto first =
        std::ranges::find_if(from->items, [&](const Item& item) { return item.rule >= start; });
    if (first != from->items.end()) return {{first, from->items.end()}, from->next};
    if (!from->next) return {};
    from = &lists_[from->next->index];
  }
}

}  // namespace untrack::backends::nft
