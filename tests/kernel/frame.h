// What a frame is to host-endpoint policy, byte by byte: written from docs/bpf.md, "Parsing", for the tests
// alone.
#pragma once
#include <optional>

#include "ir/packet.h"
#include "tests/kernel/wire.h"

namespace untrack::kernel {

// An Ethernet frame. Nothing if it is not classified: malformed, of a VLAN, or of another protocol.
std::optional<ir::Packet> classified(const Bytes& frame);

}  // namespace untrack::kernel
