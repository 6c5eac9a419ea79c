// What an nft script says, typed: sets, and chains of rules. The lowering builds it, the printer writes it
// down. Words are nft(8)'s.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "backends/backend.h"
#include "ir/ruleset.h"

namespace untrack::backends::nft {

enum class Side : std::uint8_t { Source, Destination };

// ---- sets

using SetName = std::string;
using InlinePrefixes = std::vector<ir::Cidr>;          // all of one IP version, disjoint
using InlineSockets = std::vector<ir::SocketAddress>;  // all of one IP version

// A named set; prefixes and sockets of one IP version. If all prefixes have `hashed_bits`, a hash table of
// their networks; else a tree of intervals.
struct Set {
  SetName name;
  ir::IpVersion version = ir::IpVersion::V4;
  std::variant<InlinePrefixes, InlineSockets, ir::PortSet> elements;
  std::optional<int> hashed_bits;
  std::string comment;  // may be empty
};

// ---- conditions. All of a rule's must hold. An expression whose bytes cannot be loaded does not hold,
// negated or not (NFT_BREAK in net/netfilter/nft_payload.c): the lowering sees to it that this never decides.

struct InterfaceIs {
  ir::Direction direction = ir::Direction::Ingress;
  std::string name;
  friend bool operator==(const InterfaceIs&, const InterfaceIs&) = default;
};
struct VersionIs {
  ir::IpVersion version = ir::IpVersion::V4;
  friend bool operator==(const VersionIs&, const VersionIs&) = default;
};
struct ProtocolIs {
  ir::Protocol protocol;
  bool negated = false;
  friend bool operator==(const ProtocolIs&, const ProtocolIs&) = default;
};
struct AddressIn {
  Side side = Side::Source;
  ir::IpVersion version = ir::IpVersion::V4;
  std::variant<InlinePrefixes, SetName> addresses;
  bool negated = false;
  std::optional<int> hashed_bits;  // so many bits of the address are looked up in the set
  friend bool operator==(const AddressIn&, const AddressIn&) = default;
};
// Of a packet of another protocol, or whose header cannot be read, it compares whatever bytes are there.
struct PortIn {
  Side side = Side::Source;
  std::optional<ir::Protocol> protocol;      // of all packets that get here, if they have one
  std::variant<ir::PortSet, SetName> ports;  // never empty
  bool negated = false;
  friend bool operator==(const PortIn&, const PortIn&) = default;
};
struct SocketIn {
  Side side = Side::Source;
  ir::Protocol protocol;  // of all packets that get here
  ir::IpVersion version = ir::IpVersion::V4;
  std::variant<InlineSockets, SetName> sockets;
  bool negated = false;
  friend bool operator==(const SocketIn&, const SocketIn&) = default;
};
// Only for readable ICMP of `version`; implies both.
struct IcmpIs {
  ir::IpVersion version = ir::IpVersion::V4;
  ir::IcmpMatch icmp;
  bool negated = false;
  friend bool operator==(const IcmpIs&, const IcmpIs&) = default;
};
// A fragment that is not the first one of its packet: it begins amid the payload. Negated, every other packet
// of the version; said of IPv4 only.
struct LaterFragment {
  ir::IpVersion version = ir::IpVersion::V4;
  bool negated = false;
  friend bool operator==(const LaterFragment&, const LaterFragment&) = default;
};
// The whole fixed part of the transport header is there. Never asked of a later fragment.
struct HeaderReadable {
  ir::Protocol protocol;
  friend bool operator==(const HeaderReadable&, const HeaderReadable&) = default;
};
using Condition = std::variant<InterfaceIs, ProtocolIs, VersionIs, LaterFragment, HeaderReadable, PortIn,
                               IcmpIs, AddressIn, SocketIn>;
using Conditions = std::vector<Condition>;

// ---- what a rule does

struct NotrackAccept {
  std::optional<MarkBit> mark;  // set before
};
struct ClearMark {  // and goes on
  MarkBit bit = 0;
};
struct Drop {
  friend bool operator==(Drop, Drop) = default;
};
struct Accept {  // ends our base chain; other tables at the hook still see the packet
  friend bool operator==(Accept, Accept) = default;
};
struct Goto {
  std::string chain;
  friend bool operator==(const Goto&, const Goto&) = default;
};
// nft's `jump`: who comes to the end of the chain goes on behind the rule. Once there is one, all chains that
// are gone to have to end by themselves (lower.cpp).
struct Call {
  std::string chain;
  friend bool operator==(const Call&, const Call&) = default;
};
using MapName = std::string;
// What the map says of the packet's port; goes on with the next rule if it says nothing. Of packets, as
// PortIn.
struct PortDispatch {
  Side side = Side::Destination;
  std::optional<ir::Protocol> protocol;
  MapName map;
};
// What the map says of the packet's address, or of address and port; likewise.
struct AddressDispatch {
  ir::IpVersion version = ir::IpVersion::V4;
  Side side = Side::Source;
  std::optional<int> hashed_bits;  // as in AddressMap
  std::optional<Side> port_side;   // looked up together with the address
  MapName map;
};
using Statement = std::variant<NotrackAccept, ClearMark, Drop, Accept, Goto, Call, PortDispatch,
                               AddressDispatch, ir::LogPacket>;

struct Rule {
  Conditions conditions;
  Statement statement;
  std::string comment;  // may be empty
};

struct Chain {
  std::string name;
  std::optional<ir::Direction> hook;  // a base chain at priority raw: prerouting or output
  std::vector<Rule> rules;
};

// ---- maps from a port or an address to what is done

using Verdict = std::variant<Drop, Accept, Goto, Call>;
struct PortElement {
  ir::PortRange ports;
  Verdict verdict;
  std::string comment;  // may be empty
};
// A hash table if every element is a single port, else a tree of disjoint ranges.
struct PortMap {
  MapName name;
  std::vector<PortElement> elements;  // disjoint, ascending
  bool is_set = false;  // all verdicts are the same, and stand in the rule that looks the port up (PortIn)
};

struct AddressElement {
  ir::Cidr net;
  std::optional<ir::Port> port;
  Verdict verdict;
  std::string comment;  // may be empty
};
// If all nets have `hashed_bits`, a hash table of their networks; else a tree of intervals, without ports.
struct AddressMap {
  MapName name;
  ir::IpVersion version = ir::IpVersion::V4;
  std::optional<int> hashed_bits;
  bool with_ports = false;
  std::vector<AddressElement> elements;  // disjoint
  bool is_set = false;       // what is done stands in the rule that looks the address up (AddressIn)
  std::string comment = {};  // may be empty
};

struct Table {
  std::vector<Set> sets;
  std::vector<PortMap> maps;
  std::vector<AddressMap> address_maps;
  std::vector<Chain> chains;
  std::optional<MarkBit> mark;  // of untracked packets
};

}  // namespace untrack::backends::nft
