// Rulesets and packets for property tests: the same seed gives the same value on every machine.
#pragma once
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "ir/ruleset.h"

namespace untrack::property {

// A small generator (SplitMix64, Steele, Lea and Flood 2014). The distributions of <random> differ between
// standard libraries; this does not.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  std::uint64_t below(std::uint64_t count) { return next() % count; }  // 0 .. count-1
  bool chance(int percent) { return below(100) < static_cast<std::uint64_t>(percent); }
  template <class Sequence>
  const auto& pick(const Sequence& choices) {
    return *(std::begin(choices) + static_cast<std::ptrdiff_t>(below(std::size(choices))));
  }

 private:
  std::uint64_t state_;
};

struct RulesetShape {
  std::size_t interfaces = 2;  // each has a hook in one direction or both
  std::size_t blocks = 3;      // tiers at most, after the failsafe block
  std::size_t rules = 6;       // at most, a block
  std::size_t prefixes = 6;    // at most, an address set
  bool failsafes = true;
  bool logs = true;
  bool plain = false;  // no port or ICMP type is negated, no rule logs or skips
  // Also what Calico's API refuses but the types allow: ports without a protocol, ICMP of the wrong version,
  // sockets of protocols that have no ports.
  bool any_match = false;
};

// Keeps the invariants of ir/ruleset.h. Spans do not exist, so that parse(print(x)) == x.
ir::Ruleset random_ruleset(std::uint64_t seed, const RulesetShape& shape = {});

// Long lists of rules that are alike, as large policies have them, for which backends have forms of their
// own.
enum class ListKind : std::uint8_t {
  Services,  // protocol, ports, and who may use them
  Ports,     // ports on both sides, negations, sockets, logs: no services
  Nets,      // few rules that name many nets
  Icmp,      // messages, and protocols without ports
  Pairs,     // nets on both sides, exceptions, logs, and at most few ports: no services either
  Regions,   // few rules that name hundreds of nets of all lengths, close together in few places
  Peers,     // many ports and many peers, of few lengths of prefix; on some ports very many rules
};
inline constexpr ListKind kListKinds[] = {ListKind::Services, ListKind::Ports, ListKind::Nets,
                                          ListKind::Icmp,     ListKind::Peers, ListKind::Regions,
                                          ListKind::Pairs};
ir::Ruleset random_list(std::uint64_t seed, ListKind kind);

// YAML of a small cluster as its users write it: host endpoints of one node and of others, network sets,
// tiers, settings, and policies with every kind of match. Calico's API takes all of it, and so must we.
inline constexpr std::string_view kGeneratedNode = "node-1";
std::string random_policies(std::uint64_t seed);

// Packets on and beside every boundary that the hook's rules draw, later fragments and cut-off ones included:
// half aimed at one rule each, half thrown together from all the boundary values. The same for every call.
std::vector<ir::Packet> boundary_packets(const ir::Ruleset& ruleset, const ir::InterfaceHook& hook,
                                         std::size_t count = 2000);

}  // namespace untrack::property
