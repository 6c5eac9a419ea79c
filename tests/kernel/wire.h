// ir::Packet -> the bytes of an IP packet that is just that to the kernel, in one of the many ways it can be.
#pragma once
#include <cstdint>
#include <vector>

#include "ir/packet.h"
#include "tests/property/generate.h"

namespace untrack::kernel {

using Bytes = std::vector<std::uint8_t>;

// Not for the numbers of IPv6 extension headers: the kernel looks behind them for the protocol.
bool has_wire_form(const ir::Packet& packet);

struct WireOptions {
  std::uint16_t id = 1;   // IPv4 identification, IPv6 flow label: by this the packet is known again
  bool fragments = true;  // a readable packet may be a first fragment
  ir::Packet bait;        // a readable packet: what must not be read out of a fragment or a cut-off packet
};
// Options, extension headers, fragment fields, where a header is cut and what follows it are drawn from
// `random`.
Bytes wire_form(const ir::Packet& packet, const WireOptions& options, property::Random& random);

// A readable packet as two fragments, in either order, as another host on the way may have cut it. Empty
// where it has options or extension headers, or is too short to be cut. The first one of IPv6 holds the whole
// transport header: else the kernel takes it for none (nf_ct_frag6_gather in
// net/ipv6/netfilter/nf_conntrack_reasm.c; RFC 8200 section 4.5).
std::vector<Bytes> in_two_fragments(const Bytes& packet, property::Random& random);

}  // namespace untrack::kernel
