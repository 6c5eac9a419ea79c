// What a PacketSpace is made of; for packet_space*.cpp only.
#pragma once
#include <array>
#include <optional>

#include "ir/diagram.h"
#include "ir/packet_space.h"

namespace untrack::ir {

inline constexpr DiagramNode kOutside = 0, kInside = 1;  // the leaf nodes of a set
constexpr PacketSet set_of(DiagramNode node) { return {PacketMap{node}}; }

constexpr Field address_field(End end, IpVersion version) {
  if (end == End::Remote) return version == IpVersion::V4 ? Field::RemoteV4 : Field::RemoteV6;
  return version == IpVersion::V4 ? Field::LocalV4 : Field::LocalV6;
}
inline constexpr int kPortDigits = 4;
constexpr Field port_field(End end, int digit) {  // from 0, the most significant one
  const Field first = end == End::Remote ? Field::RemotePort1 : Field::LocalPort1;
  return static_cast<Field>(static_cast<int>(first) + digit);
}
constexpr AddressBits port_digit(Port port, int digit) { return port >> 4 * (kPortDigits - 1 - digit) & 15; }
constexpr AddressBits version_key(IpVersion version) { return version == IpVersion::V4 ? 0 : 1; }
constexpr AddressBits transport_key(Transport transport) { return static_cast<AddressBits>(transport); }

// What a packet has in each field; nothing in the fields that it does not have.
using PacketKeys = std::array<std::optional<AddressBits>, kFieldCount>;
PacketKeys keys_of(const Packet& packet, Direction direction);

class PacketSpace::Impl {
 public:
  explicit Impl(std::size_t edge_budget) : diagram(edge_budget) {}
  Diagram diagram;
  std::optional<PacketSet> answerable;  // made by the first replies_of()
};

}  // namespace untrack::ir
