// Rules that look at the address of one side and at nothing else. What first match makes of them is worked
// out beforehand, so that a packet finds its verdict in a table.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "backends/nft/rule_list.h"

namespace untrack::backends::nft {

enum class Outcome : std::uint8_t {
  Open,  // not decided here
  Untrack,
  Drop,
  Track
};
// Of an action that decides; nothing for the others.
std::optional<Outcome> outcome(const ir::Action& action);

struct AddressRule {
  const ir::Rule* rule = nullptr;
  ir::AddressSetId nets{};
  std::optional<ir::IpVersion> version;  // the only one that it is for
  Outcome outcome = Outcome::Open;
};
struct AddressList {
  std::vector<Item> head;              // other rules before them, such as failsafes of the other port
  std::vector<AddressRule> rules;      // in order
  Outcome end = Outcome::Open;         // of packets that no rule takes
  const ir::Rule* end_rule = nullptr;  // if it is a rule that says so
};

// The item as such a rule of addresses of `side`.
std::optional<AddressRule> address_rule(const RuleLists& lists, const Item& item, Side side);
// A whole list of such rules, and of one at the end that takes all packets. What is left stays tracked.
// Nothing if rules log or skip.
std::optional<AddressList> address_list(const RuleLists& lists, const RuleList& list, Side side);

// For packets of several protocols that share a port, a list each.
inline constexpr std::size_t kPortProtocols = 3;
using Outcomes = std::array<Outcome, kPortProtocols>;
struct Cell {
  ir::Cidr net;
  Outcomes outcomes{};
  std::vector<const ir::Rule*> rules;  // that decide so, each once
};

// Disjoint prefixes, ascending, of all addresses for which not every list comes to its end.
std::vector<Cell> cells(const std::array<const AddressList*, kPortProtocols>& lists,
                        const ir::Ruleset& ruleset, ir::IpVersion version);

}  // namespace untrack::backends::nft
