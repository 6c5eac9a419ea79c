// The names under which `ipset save` prints ICMP messages.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "ir/protocol.h"

namespace untrack::verify::iptables {

// Type in the high byte, code in the low one, as sets hold them. Nothing for a name that ICMP or ICMPv6
// lacks.
std::optional<std::uint16_t> icmp_named(std::string_view name, ir::Protocol protocol);

}  // namespace untrack::verify::iptables
