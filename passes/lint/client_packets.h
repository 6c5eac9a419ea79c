// The packets that begin a conversation, as far as a packet shows it: which half of it is the request, when
// there is no connection to tell.
#pragma once
#include "ir/packet_space.h"
#include "ir/port.h"

namespace untrack::passes::lint {

// Linux's default ip_local_port_range (ip-sysctl.rst): where clients have their ports.
inline constexpr ir::PortRange kEphemeral{32768, 60999};

// From an ephemeral port; an ICMP message that asks for an answer; any packet of a protocol without ports.
ir::PacketSet client_packets(ir::PacketSpace& space, ir::Direction direction);

// To a group address, or of a protocol that never answers: no reply is missed.
ir::PacketSet one_way_packets(ir::PacketSpace& space, ir::Direction direction);

}  // namespace untrack::passes::lint
