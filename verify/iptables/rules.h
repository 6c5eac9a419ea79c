// iptables-restore text -> chains of rules (iptables(8), iptables-extensions(8)). Only matches and targets
// that the kernel model (iptables/matches.h, iptables/walk.h) understands can be said.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ir/packet_space.h"
#include "ir/ruleset.h"
#include "verify/interfaces.h"
#include "verify/ranges.h"

namespace untrack::verify::iptables {

// ---- matches of ip_tables itself: tested first, and never a reason to drop

struct ProtocolMatch {
  ir::Protocol protocol;
  bool negated = false;
};
struct AddressMatch {
  bool source = false;
  Range network;
  bool negated = false;
};
struct InterfaceMatch {
  bool input = false;
  Range names;
  bool negated = false;
};
struct LaterFragmentMatch {
  bool negated = false;
};  // -f

// ---- extensions, in the order of the rule

struct PortsTest {
  ir::PortSet ports;
  bool negated = false;
};
// tcp, udp, sctp: reads the whole header, even without a port test.
struct HeaderMatch {
  ir::Protocol protocol;
  std::optional<PortsTest> source, destination;
};
struct MultiportMatch {
  ir::Protocol protocol;
  bool source = false, destination = false;  // both: either may match (--ports)
  PortsTest test;
};
struct IcmpMatch {
  Range types, codes;
  bool negated = false;
};
struct SetMatch {
  std::string set;
  std::vector<bool> source;
  bool negated = false;
};
using Match = std::variant<ProtocolMatch, AddressMatch, InterfaceMatch, LaterFragmentMatch, HeaderMatch,
                           MultiportMatch, IcmpMatch, SetMatch>;

struct Accept {};
struct Drop {};
struct Return {};
struct Jump {
  std::string chain;
  bool comes_back = true;
};  // -j or -g
struct Notrack {};
struct Log {
  ir::LogPacket log;
};
struct MarkTarget {  // writes the one bit RuleFile::mark
  bool set = false;
};
struct NoTarget {};
using Target = std::variant<NoTarget, Accept, Drop, Return, Jump, Notrack, Log, MarkTarget>;

struct Rule {
  std::vector<Match> matches;  // in the order in which the kernel tests them
  Target target;
  std::uint32_t line = 0;
};
struct Chain {
  std::vector<Rule> rules;
  std::uint32_t line = 0;
};

struct RuleFile {
  std::map<std::string, Chain, std::less<>> chains;  // of table raw, without the built-in ones
  NameSet interface_names, interface_prefixes;       // tested by some rule
  std::optional<std::uint32_t> mark;                 // the one bit of the packet mark that rules write
};

// Where packets enter; PREROUTING and OUTPUT jump here.
inline constexpr std::string_view kEntryIngress = "untrack-prerouting", kEntryEgress = "untrack-output";

// Throws Refused. Every chain that is jumped to exists, and no packet can loop.
RuleFile parse_rules(std::string_view text, ir::IpVersion version);

}  // namespace untrack::verify::iptables
