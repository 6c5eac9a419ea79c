// What the iptables artifact says, typed: ipsets, and for each IP version the chains of table raw. The
// lowering builds it, the printer writes it down. Words are those of iptables(8), iptables-extensions(8) and
// ipset(8).
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "backends/backend.h"
#include "ir/ruleset.h"

namespace untrack::backends::iptables {

enum class Side : std::uint8_t { Source, Destination };

// ---- sets. Their names say their content, so a set never changes while a rule looks at it.

struct PortElement {  // of tcp and udp alike
  ir::PortRange ports;
};
struct NetElement {
  ir::Cidr net;
};
struct NetPortElement {  // for ICMP, a port is type * 256 + code, as the kernel packs it (ip_set_getport.c)
  ir::Cidr net;
  ir::Protocol protocol;
  ir::PortRange ports;
};
struct SocketElement {
  ir::SocketAddress socket;
};
using BitmapPort = std::vector<PortElement>;
// IPv4 addresses by their first `slot_bits` bits: each net says all of its slots.
struct BitmapIp {
  ir::Cidr range;
  int slot_bits = 32;
  std::vector<NetElement> nets;
};
using HashNet = std::vector<NetElement>;
using HashNetPort = std::vector<NetPortElement>;
using HashIpPort = std::vector<SocketElement>;

struct Set {
  std::string name;
  ir::IpVersion version = ir::IpVersion::V4;                                      // nothing to a BitmapPort
  std::variant<BitmapPort, BitmapIp, HashNet, HashNetPort, HashIpPort> elements;  // never empty
  std::string comment;                                                            // may be empty
};

// ---- conditions. All of a rule's must hold. A set match does not hold for a packet that lacks what the set
// asks for, and its negation does.

struct InterfaceIs {
  ir::Direction direction = ir::Direction::Ingress;
  std::string name;
};
struct ProtocolIs {
  ir::Protocol protocol;
  bool negated = false;
};
struct AddressIs {  // at most one a rule and side
  Side side = Side::Source;
  ir::Cidr prefix;
  bool negated = false;
};
struct InSet {
  std::string set;
  std::vector<Side> sides;  // one for each dimension of the set
  bool negated = false;
};
// Of -m tcp or -m udp, by the ProtocolIs before it. Only for packets whose ports are known to be readable:
// others it may drop (`hotdrop`).
struct PortIs {
  Side side = Side::Source;
  ir::PortRange ports;
};
using Condition = std::variant<InterfaceIs, ProtocolIs, AddressIs, InSet, PortIs>;
using Conditions = std::vector<Condition>;

// ---- what a rule does

struct Notrack {};  // and the packet goes on to the next rule
struct SetMark {    // the same
  MarkBit bit = 0;
  bool to = false;
};
struct Accept {};
struct Drop {};
struct Return {};  // to the built-in chain: nothing in our chains is a call
struct Goto {
  std::string chain;
};
using Target = std::variant<Notrack, SetMark, Accept, Drop, Return, Goto, ir::LogPacket>;

struct Rule {
  Conditions conditions;
  Target target;
  std::string comment;  // may be empty
};

struct Chain {
  std::string name;
  std::vector<Rule> rules;
};

// Table raw of one IP version.
struct Table {
  ir::IpVersion version = ir::IpVersion::V4;
  std::vector<Chain> chains;
  std::optional<MarkBit> mark;  // of untracked packets
};

struct Program {
  std::vector<Set> sets;
  std::array<Table, 2> tables;  // IPv4, IPv6
};

}  // namespace untrack::backends::iptables
