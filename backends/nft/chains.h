// The rules of one hook, for packets of one class, as chains and maps.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "backends/nft/match.h"
#include "backends/nft/model.h"
#include "backends/nft/rule_list.h"

namespace untrack::backends::nft {

inline constexpr std::string_view kUntrackChain = "untrack";  // `notrack accept`: what an element goes to

struct Program {
  SetStore sets;
  std::vector<PortMap> maps;
  std::vector<Chain> chains;
  bool comments = true;
  std::optional<MarkBit> mark;  // of untracked packets
  bool uses_untrack_chain = false;
};

// Adds the chain `name` for `rules` and those that it goes to.
void add_chains(Program& program, const std::vector<FlatRule>& rules, HeaderClass header_class,
                const std::string& name);

}  // namespace untrack::backends::nft
