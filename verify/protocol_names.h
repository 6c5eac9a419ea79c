// Names of IP protocols, as nft and iptables print and take them.
#pragma once
#include <optional>
#include <string_view>

#include "ir/protocol.h"

namespace untrack::verify {

// Names of Debian 12's /etc/protocols (netbase 6.4), `icmpv6` among their aliases, in lower case. Nothing for
// others.
std::optional<ir::Protocol> protocol_named(std::string_view name);

}  // namespace untrack::verify
