// The table in the making, and what several parts of the lowering put into it.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/nft/match.h"
#include "backends/nft/model.h"
#include "backends/nft/versions.h"

namespace untrack::backends::nft {

inline constexpr std::string_view kUntrackChain = "untrack";  // `notrack accept`: what an element goes to

struct Program {
  SetStore sets;
  Dialect dialect;
  bool comments = true;
  std::optional<MarkBit> mark = {};  // of untracked packets
  std::vector<PortMap> maps = {};
  std::vector<AddressMap> address_maps = {};
  std::vector<Chain> chains = {};
  std::map<std::string, Chain> shared_chains = {};  // of all hooks, by name
};

// `dport`
std::string_view keyword(Side side);

Statement as_statement(const Verdict& verdict);

// Rules that do with a packet's port what the elements say. They are disjoint; others go on behind the rules.
// `name` is for the maps.
void add_port_rules(Program& program, std::vector<Rule>& out, const std::string& name, Side side,
                    std::optional<ir::Protocol> protocol, std::vector<PortElement> elements);

}  // namespace untrack::backends::nft
