// IP protocol numbers (IANA "Assigned Internet Protocol Numbers"), and the six that Calico names.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace untrack::ir {

struct Protocol {
  std::uint8_t number = 0;  // 0..255; as it stands in the IPv4 header, or in the last IPv6 next-header field
  friend constexpr auto operator<=>(Protocol, Protocol) = default;
};

inline constexpr Protocol kIcmp{1};
inline constexpr Protocol kTcp{6};
inline constexpr Protocol kUdp{17};
inline constexpr Protocol kIcmp6{58};
inline constexpr Protocol kSctp{132};
inline constexpr Protocol kUdpLite{136};

// The protocols whose ports policy can see (docs/semantics.md, "Packets without ports"). UDPLite is not one.
constexpr bool has_ports(Protocol p) { return p == kTcp || p == kUdp || p == kSctp; }

// Lower case: `tcp` `udp` `icmp` `icmpv6` `sctp` `udplite`, other numbers in decimal.
std::string to_string(Protocol protocol);
// The same texts back; nothing for anything else.
std::optional<Protocol> parse_protocol(std::string_view text);

}  // namespace untrack::ir
