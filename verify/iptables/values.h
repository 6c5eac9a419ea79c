// Addresses, ports and protocols as iptables-restore and ipset restore write them. Each throws Refused.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "ir/address.h"
#include "ir/port.h"
#include "ir/protocol.h"
#include "verify/ranges.h"

namespace untrack::verify::iptables {

// `10.0.0.0/8`, `10.0.0.0/255.0.0.0`, `::1`; host bits are cleared.
Range parse_network(std::string_view text, ir::IpVersion version, std::uint32_t line);
// As above, or `FIRST-LAST`.
Range parse_network_or_range(std::string_view text, ir::IpVersion version, std::uint32_t line);

ir::Port parse_port(std::string_view text, std::uint32_t line);
// A number or a name; 0 as it stands.
ir::Protocol parse_protocol_word(std::string_view text, std::uint32_t line);

// The text before and behind the first `separator`; `behind` is absent if there is none.
struct Halves {
  std::string_view before;
  std::optional<std::string_view> behind;
};
Halves split(std::string_view text, char separator);

}  // namespace untrack::verify::iptables
