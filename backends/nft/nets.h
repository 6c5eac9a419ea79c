// What is done with a packet whose address is in one of many nets: tables of nets, divided so that most
// packets are told by one lookup (ir/prefix_tables.h), or a tree of intervals.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "backends/nft/program.h"

namespace untrack::backends::nft {

// Rules that do with a packet's address what the elements say, all of one IP version, disjoint and ascending;
// others go on behind them. Sets, maps and chains have names that begin with `name`.
std::vector<Rule> address_rules(Program& program, const std::string& name, ir::IpVersion version, Side side,
                                const std::vector<AddressElement>& elements);

// The same for packets that are in one set of addresses, if such tables are better than other forms. Rules
// that ask for the same set share them.
std::optional<std::vector<Rule>> address_rules(Program& program, ir::AddressSetId id, ir::IpVersion version,
                                               Side side, const Verdict& verdict);

// The set of the match for which there are such rules, and its side. The largest one, if there are several.
struct LargeSet {
  Side side = Side::Source;
  ir::AddressSetId id{};
};
std::optional<LargeSet> large_set(Program& program, const ir::Match& match, ir::IpVersion version);

}  // namespace untrack::backends::nft
