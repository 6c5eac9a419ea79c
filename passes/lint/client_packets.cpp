#include "passes/lint/client_packets.h"

namespace untrack::passes::lint {

using ir::IpVersion;
using ir::PacketSet;
using ir::PacketSpace;

// Echo, timestamp, information and address mask request; ICMPv6 echo request and node information query: the
// asking halves of the pairs that conntrack knows (nf_conntrack_proto_icmp.c, nf_conntrack_proto_icmpv6.c).
static PacketSet icmp_requests(PacketSpace& space) {
  static constexpr std::pair<IpVersion, std::uint8_t> kRequests[] = {
      {IpVersion::V4, 8},  {IpVersion::V4, 13},  {IpVersion::V4, 15},
      {IpVersion::V4, 17}, {IpVersion::V6, 128}, {IpVersion::V6, 139},
  };
  PacketSet all = space.nothing();
  for (const auto& [version, type] : kRequests) {
    const PacketSet of_type = space.icmp(type, type, 0, 255);
    all = space.unite(all, space.intersect(of_type, space.version(version)));
  }
  return all;
}

PacketSet client_packets(PacketSpace& space, ir::Direction direction) {
  PacketSet with_header = space.nothing();
  for (const ir::Protocol protocol : {ir::kTcp, ir::kUdp, ir::kSctp, ir::kIcmp, ir::kIcmp6})
    with_header = space.unite(with_header, space.protocol(protocol));
  const PacketSet from_clients = space.ports(source_end(direction), ir::PortSet({kEphemeral}));
  return space.unite(space.complement(with_header), space.unite(from_clients, icmp_requests(space)));
}

}  // namespace untrack::passes::lint
