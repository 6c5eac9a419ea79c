// One packet, as host-endpoint policy sees it, and as people write it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "ir/address.h"
#include "ir/policy.h"
#include "ir/port.h"
#include "ir/protocol.h"

namespace untrack::ir {

// Whether the transport header can be read. A later fragment does not carry it; a cut-off packet ends before
// the header's fixed part does (20 bytes of tcp, 8 of udp and ICMP, 12 of sctp), somewhere before its ports
// or behind them. Policy treats the last two alike (no ports, no ICMP type); kernels do not, so artifacts are
// judged on both.
enum class Transport : std::uint8_t { Readable, LaterFragment, CutOff };

constexpr bool has_icmp(IpVersion version, Protocol p) {
  return p == (version == IpVersion::V4 ? kIcmp : kIcmp6);
}
// Protocols whose header policy can look into; only these can be CutOff.
constexpr bool has_header(IpVersion version, Protocol p) {
  return has_ports(p) || has_icmp(version, p);
}

// Invariants: both addresses are of `version`; ports are there exactly for readable tcp, udp and sctp, type
// and code exactly for readable ICMP of the packet's own version; CutOff only where has_header().
struct Packet {
  IpVersion version = IpVersion::V4;
  Protocol protocol;
  Transport transport = Transport::Readable;
  Address source{IpVersion::V4, 0}, destination{IpVersion::V4, 0};
  std::optional<Port> source_port, destination_port;
  std::optional<std::uint8_t> icmp_type, icmp_code;
  friend bool operator==(const Packet&, const Packet&) = default;
};

// The reply: addresses and ports exchanged, ICMP requests turned into their replies and back (the pairs that
// conntrack knows: nf_conntrack_proto_icmp.c, nf_conntrack_proto_icmpv6.c). Nothing for an ICMP message that
// has none.
std::optional<Packet> reply_to(const Packet& packet);
// The type that answers `type`, if one does: 8<->0, 13<->14, 15<->16, 17<->18; ICMPv6 128<->129, 139<->140.
std::optional<std::uint8_t> icmp_reply_type(IpVersion version, std::uint8_t type);

// `tcp 10.0.0.7:40000 > 10.128.0.162:12211`, `udp [2001:db8::1]:53 > ...`, `icmp 8/0 A > B`,
// `tcp later-fragment A > B`, `tcp cut-off A > B`, `89 A > B`. parse_packet reads the same texts back.
std::string to_string(const Packet& packet);
std::optional<Packet> parse_packet(std::string_view text);
// The same for people, with the reason where the text is no packet.
std::variant<Packet, std::string> explain_packet(std::string_view text);

}  // namespace untrack::ir
