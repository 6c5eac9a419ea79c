// What the tables of an image decide about every packet.
#pragma once
#include "ir/packet_space.h"
#include "verify/bpf/image.h"

namespace untrack::verify::bpf {

// Leaves are static_cast<ir::Leaf>(Decision). A walk through tables that would look at more references than
// the space may make edges exhausts it.
ir::PacketMap decisions(const Image& image, ir::PacketSpace& space, ir::Direction direction);

}  // namespace untrack::verify::bpf
