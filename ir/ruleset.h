// What a packet meets on one node. Everything is explicit: selectors are address sets, failsafes are rules at
// the head, Calico's IP-version filter has become `ip_version`, and what is not decided by a rule is tracked.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ir/address_set.h"
#include "ir/packet.h"
#include "ir/policy.h"
#include "ir/port.h"
#include "support/interner.h"

namespace untrack::ir {

// A port is in the match if it is in `numbers`, or if (address, protocol, port) of its side is in one of `sockets`.
struct PortMatch {
  PortSet numbers;
  std::vector<SocketSetId> sockets;
  bool empty() const { return numbers.empty() && sockets.empty(); }
  friend bool operator==(const PortMatch&, const PortMatch&) = default;
};

// The source or the destination of a packet. Everything present must hold.
struct SideMatch {
  std::vector<AddressSetId> in;      // the address is in each of these sets
  std::vector<AddressSetId> not_in;  // and in none of these
  std::optional<PortMatch> ports;    // present but empty: never matches. A packet without ports never matches.
  PortMatch not_ports;               // empty: no restriction. A packet without ports always passes.
  bool any() const { return in.empty() && not_in.empty() && !ports && not_ports.empty(); }
  friend bool operator==(const SideMatch&, const SideMatch&) = default;
};

struct IcmpMatch {
  std::uint8_t type = 0;
  std::optional<std::uint8_t> code;  // absent: every code
  friend bool operator==(const IcmpMatch&, const IcmpMatch&) = default;
};

// `icmp` never matches a packet without a readable ICMP header of its own IP version; `not_icmp` always passes it.
struct Match {
  std::optional<IpVersion> ip_version;
  std::optional<Protocol> protocol, not_protocol;
  std::optional<IcmpMatch> icmp, not_icmp;
  SideMatch source, destination;
  friend bool operator==(const Match&, const Match&) = default;
};

struct Untrack { friend bool operator==(Untrack, Untrack) = default; };    // no tracking, and accept
struct Drop { friend bool operator==(Drop, Drop) = default; };
struct Track { friend bool operator==(Track, Track) = default; };          // decided: leave it to normal policy
struct NextBlock { friend bool operator==(NextBlock, NextBlock) = default; };  // Calico's Pass
struct LogPacket {
  std::string prefix;             // as the kernel prints it, before its own text
  std::optional<LogLimit> limit;  // applies to packets that match, not to all that are looked at
  friend bool operator==(const LogPacket&, const LogPacket&) = default;
};
using Action = std::variant<Untrack, Drop, Track, NextBlock, LogPacket>;

// Where a rule comes from. `policy` is Policy::id(), or `failsafe`.
struct Provenance {
  std::string policy;
  Direction direction = Direction::Ingress;
  std::uint32_t index = 0;  // of the rule in its policy's list, from 0
  SourceSpan span;          // the rule in the input; does not exist for built-in failsafes
  friend bool operator==(const Provenance&, const Provenance&) = default;
};
// `gnp/memcached ingress 0`
std::string to_string(const Provenance& provenance);

struct Rule {
  Match match;
  Action action;
  std::vector<Provenance> provenance;  // at least one; several after merging, in order of evaluation
  friend bool operator==(const Rule&, const Rule&) = default;
};

// Rules in order; the first terminal one that matches decides. NextBlock skips the rest of the block.
struct Block {
  std::string name;  // `failsafe`, or `tier NAME`
  std::vector<Rule> rules;
  friend bool operator==(const Block&, const Block&) = default;
};

// Untracked policy of one direction on one interface: raw PREROUTING for packets that come in through it,
// raw OUTPUT for packets that the host itself sends out of it.
struct InterfaceHook {
  std::string interface_name;
  Direction direction = Direction::Ingress;
  std::vector<Block> blocks;
  friend bool operator==(const InterfaceHook&, const InterfaceHook&) = default;
};

struct Ruleset {
  std::string node;
  Interner<AddressSet, AddressSetId> address_sets;
  Interner<SocketSet, SocketSetId> socket_sets;
  // For comments in artifacts, by index of the set: `selector role == "client"`, or empty.
  std::vector<std::string> address_set_origins;
  std::vector<InterfaceHook> hooks;  // by interface name, ingress before egress; each pair at most once
};

}  // namespace untrack::ir
