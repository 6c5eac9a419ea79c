// What BPF programs do to the packets of one interface and direction, beside rules that count on them.
#pragma once
#include "ir/packet_space.h"

namespace untrack::verify {

// Before the first rule sees them: some are thrown away, and of all others the mark is written, the bit that
// rules test.
struct Before {
  ir::PacketSet dropped, marked;
};

// Programs that rules ask (`-m bpf`): the packets for which each says yes.
struct Asked {
  ir::PacketSet to_drop, to_allow;
};

}  // namespace untrack::verify
