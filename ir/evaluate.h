// The meaning a second time, for one packet, written plainly from docs/semantics.md. It shares nothing with
// PacketSpace and ir/meaning: it is the oracle that they are tested against.
#pragma once
#include "ir/meaning.h"
#include "ir/packet.h"
#include "ir/ruleset.h"

namespace untrack::ir {

bool matches(const Ruleset& ruleset, const Match& match, const Packet& packet);
Trace evaluate(const Ruleset& ruleset, const InterfaceHook& hook, const Packet& packet);
// On an interface and direction of the node; a packet that no hook sees is tracked.
Trace evaluate(const Ruleset& ruleset, std::string_view interface_name, Direction direction, const Packet& packet);

}  // namespace untrack::ir
