// An nft script after its commands have run: tables with their sets and chains, rules as lists of statements.
// Only what the kernel model (nft/fields.h, nft/walk.h) understands can be said.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "ir/protocol.h"
#include "ir/ruleset.h"
#include "verify/ranges.h"

namespace untrack::verify::nft {

// nft(8), "DATA TYPES". Two fields compare only with sets of their own type.
enum class Type : std::uint8_t {
  Ipv4Address,
  Ipv6Address,
  Protocol,
  Service,
  InterfaceName,
  IcmpType,
  IcmpCode,
  Icmpv6Type,
  Icmpv6Code,
  NfProto,
  EtherType,
  FragmentOffset,
  Boolean,
  Integer,  // of raw payload, of any width: the field's own
};
int type_bits(Type type);

// What of a packet an expression reads.
enum class Quantity : std::uint8_t {
  NfProto,
  EtherType,
  L4Proto,
  InputName,
  OutputName,
  MarkBit,  // Script::tested_mark of the packet mark
  Ip4Source,
  Ip4Destination,
  Ip4Protocol,
  Ip4FragmentOffset,  // the offset with the three flag bits above it
  Ip6Source,
  Ip6Destination,
  Ip6NextHeader,
  Ip6FragmentOffset,
  Ip6HasFragmentHeader,
  SourcePort,
  DestinationPort,  // bytes 0-1, 2-3 of what follows the IP header
  IcmpType,
  IcmpCode,        // bytes 0, 1 of it
  TransportBytes,  // any other bytes of it: `@th,OFFSET,LENGTH`
};

struct Field {
  Quantity quantity = Quantity::NfProto;
  Type type = Type::NfProto;
  int bits = 8;
  std::optional<ir::Protocol> header;  // the protocol that the keyword implies: `tcp dport`, not `th dport`
  std::optional<Number> mask;
  int end_bits = 0;  // of TransportBytes: where they end, from the start of the transport header
};
using Key = std::vector<Field>;  // several: a concatenation

struct Verdict {
  enum class Kind : std::uint8_t { Accept, Drop, Continue, Return, Jump, Goto };
  Kind kind = Kind::Continue;
  std::string chain;  // Jump and Goto
  friend auto operator<=>(const Verdict&, const Verdict&) = default;
};

// One range for each field of the key, or none: `*`, which is found where nothing else is.
struct Element {
  std::vector<Range> values;
  std::optional<Verdict> verdict;  // in verdict maps
  std::uint32_t line = 0;
  bool catches_all() const { return values.empty(); }
};

struct Set {
  std::vector<Type> types;  // of a named set; of one inside a rule they are those of the key
  bool verdict_map = false;
  bool interval = false;
  std::vector<Element> elements;
  std::uint32_t line = 0;
};

using SetSource = std::variant<Set, std::string>;  // written in place, or the name of one in the table

struct MatchStatement {
  Key key;
  bool negated = false;
  SetSource set;
  // Equality with one value: what nft takes as knowledge of the protocol in the rest of the rule.
  bool is_equality = false;
  // Inequality with one value, not written as a range (statement.cpp, check_no_neighbours).
  bool is_inequality = false;
};
struct VerdictMapStatement {
  Key key;
  SetSource set;
};
struct NotrackStatement {};
struct LogStatement {
  ir::LogPacket log;
};
// They write the one bit Script::mark.
struct SetMarkStatement {};
struct ClearMarkStatement {};
using Statement = std::variant<MatchStatement, VerdictMapStatement, Verdict, NotrackStatement, LogStatement,
                               SetMarkStatement, ClearMarkStatement>;

struct Rule {
  std::vector<Statement> statements;
  std::uint32_t line = 0;
};

struct Hook {
  std::string name;  // `prerouting` ..
  std::string chain_type;
  std::int32_t priority = 0;
  bool drops = false;  // policy
};

struct Chain {
  std::optional<Hook> hook;
  std::vector<Rule> rules;
  std::uint32_t line = 0;
};

enum class Family : std::uint8_t { Ip, Ip6, Inet };

struct Table {
  std::map<std::string, Chain, std::less<>> chains;
  std::map<std::string, Set, std::less<>> sets;  // and maps: they share their names
  std::uint32_t line = 0;
};

struct Script {
  std::map<std::pair<Family, std::string>, Table> tables;
  std::set<std::string, std::less<>> interface_names, interface_prefixes;  // tested by some rule
  std::optional<std::uint32_t> mark;  // the one bit of the packet mark that rules write
  // And the one that they test, as only a script may whose packets come with a mark that is known.
  bool takes_mark_tests = false;
  std::optional<std::uint32_t> tested_mark;
};

}  // namespace untrack::verify::nft
