// What packets of one interface and direction meet, as chains and maps.
//
// Rules that look into no header and stand before all that do come first. For the others packets are told
// apart in one of two ways:
//
// - *Ports first*: the port, or the bytes where one would be, is looked up at once. What is found acts on
//   readable packets of its protocol alone (Guard); all others go on with the rest, which looks at no port.
//   So a packet that no rule names pays one lookup.
// - *Sorted first*: fragments, cut-off packets and protocols each go to a chain of their own. Wherever the
//   first way is not exact: ports that are negated, log rules, rules that the ports do not decide about.
#pragma once
#include <string>

#include "backends/nft/chains.h"
#include "backends/nft/model.h"

namespace untrack::backends::nft {

// Adds chains whose names begin with `name`. What the base chain does with packets of the interface, without
// the condition that they are.
Rule add_hook(Program& program, const ir::InterfaceHook& hook, const std::string& name);

}  // namespace untrack::backends::nft
