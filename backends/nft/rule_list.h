// Lists of rules with what is known already about the packets that meet them: the state of the lowering.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "backends/nft/match.h"
#include "backends/nft/model.h"
#include "support/id.h"

namespace untrack::backends::nft {

// A rule of a hook; its blocks one after the other.
struct FlatRule {
  const ir::Rule* rule = nullptr;
  std::uint32_t block = 0;       // from 0
  std::uint32_t next_block = 0;  // where the block after its own begins
};
std::vector<FlatRule> flat_rules(const ir::InterfaceHook& hook);
// The rules without the first `count`.
std::vector<FlatRule> behind(const std::vector<FlatRule>& rules, std::uint32_t count);
const ir::SideMatch& side_of(const ir::Match& match, Side side);
// Whether some packet of the class, of any version, may match as far as protocol and header go.
bool possible(const ir::Match& match, HeaderClass header_class);
bool any_rule(const std::vector<FlatRule>& rules, HeaderClass header_class);

// What is known of a side's port against a rule's numbers, `ports` and `not_ports` alike.
enum class Numbers : std::uint8_t {
  Open,     // nothing
  Held,     // in `ports.numbers` if there are any, and not in `not_ports.numbers`
  NotHeld,  // in neither; only sockets can make `ports` hold
};

struct Item {
  std::uint32_t rule = 0;                // index among the flat rules
  std::array<Numbers, 2> known{};        // by Side
  std::array<bool, 2> addresses_hold{};  // by Side: the address is as the rule asks
  std::optional<ir::IpVersion> version;  // of every packet that meets it
  Numbers& operator[](Side side) { return known[static_cast<std::size_t>(side)]; }
  Numbers operator[](Side side) const { return known[static_cast<std::size_t>(side)]; }
  friend auto operator<=>(const Item&, const Item&) = default;
};

using RuleListId = Id<struct RuleListTag>;

// In order; then the rules of `next`. A packet that no rule decides stays tracked.
struct RuleList {
  std::vector<Item> items;
  std::optional<RuleListId> next;
  bool empty() const { return items.empty() && !next; }
  friend auto operator<=>(const RuleList&, const RuleList&) = default;
};

// The rules of one hook that packets of one class can match, and lists of them, each known by its content.
class RuleLists {
 public:
  RuleLists(const std::vector<FlatRule>& rules, HeaderClass header_class)
      : rules_(rules), header_class_(header_class) {}

  HeaderClass header_class() const { return header_class_; }
  const FlatRule& flat(const Item& item) const { return rules_[item.rule]; }
  const ir::Rule& rule(const Item& item) const { return *rules_[item.rule].rule; }
  RuleList all() const;

  // What is left of the rule's match, given what is known.
  ir::Match match(const Item& item) const;
  // It matches every packet that it meets.
  bool unconditional(const Item& item) const;
  // It looks at addresses of `side`, as far as is known.
  bool asks_address(const Item& item, Side side) const;
  // The set of addresses of `side`, if that is all that the rule still asks for, but for the IP version.
  std::optional<ir::AddressSetId> only_addresses(const Item& item, Side side) const;
  // Numbers decide about it, and are not known yet.
  bool asks_number(const Item& item, Side side) const;

  RuleListId intern(RuleList list);
  // What is left of the list behind its first `count` items.
  std::optional<RuleListId> rest(const RuleList& list, std::size_t count);
  const RuleList& operator[](RuleListId id) const { return lists_[id.index]; }
  // The same with the rules of `next` at the end.
  RuleList joined(RuleList list) const;
  // What a packet meets that goes on with the block which begins at flat rule `start`.
  RuleList skip_to(const RuleList& list, std::uint32_t start) const;

 private:
  // Nothing but addresses and the IP version is left to be asked for.
  bool header_settled(const Item& item) const;

  const std::vector<FlatRule>& rules_;
  HeaderClass header_class_;
  std::vector<RuleList> lists_;
  std::map<RuleList, RuleListId> ids_;
};

}  // namespace untrack::backends::nft
