// A list of rules split by port: a packet then meets those rules only that its port can match.
#pragma once
#include <cstddef>
#include <optional>
#include <vector>

#include "backends/nft/rule_list.h"

namespace untrack::backends::nft {

struct Branch {
  std::vector<ir::PortRange> ports;
  RuleListId list;
};

struct Dispatch {
  Side side = Side::Destination;
  std::vector<Branch> branches;  // every port is in exactly one; at least two; no two lists are equal
};

// Replaces the rules of `list` from `from` on. Nothing if that gains nothing, or would cost too much.
std::optional<Dispatch> dispatch(RuleLists& lists, const RuleList& list, std::size_t from);
// Replaces the whole list, short as it may be, by the port of this side.
std::optional<Dispatch> dispatch_all(RuleLists& lists, const RuleList& list, Side side);
// The rules that the port of the side decides about.
std::size_t count_asking(const RuleLists& lists, const RuleList& list, Side side);

}  // namespace untrack::backends::nft
