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
struct MarkMatch {};   // the one bit RuleFile::tested_mark stands
struct ProgramMatch {  // a pinned program says yes
  bool to_allow = false;
};
using Match = std::variant<ProtocolMatch, AddressMatch, InterfaceMatch, LaterFragmentMatch, HeaderMatch,
                           MultiportMatch, IcmpMatch, SetMatch, MarkMatch, ProgramMatch>;

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

// A rule on what leaves through an interface asks a program of this object, by the folder where it is pinned:
// the first digits of the object's SHA-256.
struct PinnedObject {
  std::string interface_name, digest;
  std::uint32_t line = 0;
};

struct RuleFile {
  std::map<std::string, Chain, std::less<>> chains;  // of table raw, without the built-in ones
  NameSet interface_names, interface_prefixes;       // tested by some rule
  std::optional<std::uint32_t> mark;                 // the one bit of the packet mark that rules write
  // As only rules beside programs of ours may have them: the bit that they test, and the programs that they
  // ask.
  bool takes_programs = false;
  std::optional<std::uint32_t> tested_mark;
  std::vector<PinnedObject> pinned;
};

// Where packets enter; PREROUTING and OUTPUT jump here.
inline constexpr std::string_view kEntryIngress = "untrack-prerouting", kEntryEgress = "untrack-output";

enum class BesidePrograms : bool { No, Yes };

// Throws Refused. Every chain that is jumped to exists, and no packet can loop. Where the packet mark is
// tested, no rule that the same packets meet before writes it.
RuleFile parse_rules(std::string_view text, ir::IpVersion version,
                     BesidePrograms beside_programs = BesidePrograms::No);

}  // namespace untrack::verify::iptables
