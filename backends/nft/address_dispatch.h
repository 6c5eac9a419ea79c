// Networks, alone or each with a port, that are looked up in maps.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "backends/nft/program.h"

namespace untrack::backends::nft {

struct AddressLookup {
  std::string name;  // maps have names that begin with it
  Side side = Side::Source;
  std::optional<Side> port_side = {};
};

// Rules that do with a packet's address what the elements say, all of one IP version and disjoint; others go
// on behind them. A hash table for each of the lengths that those of the elements' nets are split into.
void add_hashed_addresses(Program& program, std::vector<Rule>& out, const AddressLookup& lookup,
                          ir::IpVersion version, const std::map<int, int>& lengths,
                          const std::vector<AddressElement>& elements);
// The same without ports, as hash tables or as a tree, whichever is faster.
void add_addresses(Program& program, std::vector<Rule>& out, const AddressLookup& lookup,
                   ir::IpVersion version, const std::vector<AddressElement>& elements);

}  // namespace untrack::backends::nft
