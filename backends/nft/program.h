// The table in the making, and what several parts of the lowering put into it.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backends/nft/match.h"
#include "backends/nft/model.h"
#include "backends/nft/versions.h"
#include "ir/prefix_tables.h"

namespace untrack::backends::nft {

inline constexpr std::string_view kUntrackChain = "untrack";  // `notrack accept`: what an element goes to

// Sets of addresses in tables (nets.h).
struct NetUse {
  Side side = Side::Source;
  Verdict verdict;
  std::vector<Rule> rules;
};
struct Nets {
  using Key = std::pair<ir::AddressSetId, ir::IpVersion>;
  std::map<Key, std::optional<ir::PrefixTables>> tables = {};  // nothing: other forms are better
  std::map<Key, std::vector<NetUse>> uses = {};
  std::set<SetName> known = {};  // sets that are there
};

// How far lists of rules are split by address (address_split.h): each split makes the ways through the chains
// longer, of which the kernel takes so many steps only (lower.cpp).
enum class Splitting : std::uint8_t {
  Parts,  // of runs that are too long as well, a few for a class of packets
  Whole,  // runs as a whole
  None
};

struct Program {
  SetStore sets;
  Dialect dialect;
  bool comments = true;
  std::optional<MarkBit> mark = {};  // of untracked packets
  Splitting splitting = Splitting::Parts;
  std::vector<PortMap> maps = {};
  std::vector<AddressMap> address_maps = {};
  std::vector<Chain> chains = {};
  std::map<std::string, Chain> shared_chains = {};  // of all hooks, by name
  Nets nets = {};
  Side remote = Side::Source;  // of packets of the hook at hand
};

// `dport`
std::string_view keyword(Side side);

Statement as_statement(const Verdict& verdict);
// Nothing of a statement that is no verdict. The chain `untrack` is not made yet.
std::optional<Verdict> as_verdict(const Statement& statement);
bool is_untrack(const Verdict& verdict);
// The verdict, and the chain is there.
const Verdict& used(Program& program, const Verdict& verdict);

// Rules that do with a packet's port what the elements say. They are disjoint; others go on behind the rules.
// `name` is for the maps.
void add_port_rules(Program& program, std::vector<Rule>& out, const std::string& name, Side side,
                    std::optional<ir::Protocol> protocol, std::vector<PortElement> elements);

}  // namespace untrack::backends::nft
