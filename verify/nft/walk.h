// A script's effect on the packets of one direction and interface: base chains in order of priority, rules in
// order, jumps and verdict maps followed.
#pragma once
#include <optional>
#include <string_view>

#include "verify/nft/ast.h"
#include "verify/programs.h"
#include "verify/reading.h"

namespace untrack::verify::nft {

// Without a program the bit that rules test may stand in any packet.
ir::PacketMap effects(const Script& script, ir::PacketSpace& space, ir::EffectTable& table,
                      ir::Direction direction, std::string_view interface_name,
                      const std::optional<Before>& before = {});

}  // namespace untrack::verify::nft
