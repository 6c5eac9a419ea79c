// A list of rules split by the address of one side: a packet then meets those rules only that its address can
// match. For rules that look at more than that: at both sides, at exceptions, or that log.
#pragma once
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "backends/nft/program.h"
#include "backends/nft/rule_list.h"

namespace untrack::backends::nft {

struct AddressBranch {
  std::vector<ir::Cidr> nets;  // ascending, disjoint
  RuleListId list;             // of packets of the nets' IP version
};

struct AddressSplit {
  Side side = Side::Source;
  std::array<std::vector<AddressBranch>, 2> branches;  // by ir::kIpVersions
  RuleListId otherwise{};                              // of addresses in none of the nets
  std::size_t longest = 0;                             // rules in a list
  std::size_t room = 0;                                // that is left
};

// A rule that a split may hold in several places. Others end it: a limit counts for one rule, who skips has to
// come by, and failsafes stand as they are, so that `apply` can tell that they are open.
bool may_be_copied(const ir::Rule& rule);

// Whether rules look at so many nets of a side that a lookup of the address pays.
bool many_nets(const RuleLists& lists, const ir::Ruleset& ruleset, std::span<const Item> items, Side side);

// What all splits for packets of a class may take together.
struct SplitBudget {
  std::size_t copies = 0;  // of rules and of their nets
  int parts = 0;           // splits of a part of a run
};
SplitBudget split_budget(const RuleLists& lists, const ir::Ruleset& ruleset, Splitting splitting);

// Replaces the rules of `list` from `from` on. Nothing if that gains nothing, or would take more than the
// budget has; else it is taken from it.
//
// By the remote side, unless the other leaves far shorter lists: what a proof knows of packets is told apart
// by remote addresses first (docs/packet-sets.md), and is of the size of the rules then, and not of its
// square.
std::optional<AddressSplit> split_by_address(RuleLists& lists, const ir::Ruleset& ruleset, Side remote,
                                             const RuleList& list, std::size_t from, SplitBudget& budget);

}  // namespace untrack::backends::nft
