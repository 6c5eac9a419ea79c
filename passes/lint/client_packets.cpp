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

// A group address is never a source (RFC 1122 section 3.2.1.3, RFC 4291 section 2.7).
static PacketSet to_groups(PacketSpace& space, ir::Direction direction) {
  using ir::Cidr;
  const ir::AddressSet groups(
      {*Cidr::parse("224.0.0.0/4"), *Cidr::parse("255.255.255.255/32"), *Cidr::parse("ff00::/8")});
  return space.address(destination_end(direction), groups);
}

PacketSet one_way_packets(PacketSpace& space, ir::Direction direction) {
  // Over UDP: syslog (RFC 5426 section 1), NetFlow (RFC 3954 section 2), sFlow (sflow.org, version 5) and
  // IPFIX (RFC 7011 section 10.3), at their registered ports; NetFlow has none and is sent to 2055.
  static const ir::PortSet kReports({{514, 514}, {2055, 2055}, {4739, 4739}, {6343, 6343}});
  const PacketSet reports =
      space.intersect(space.protocol(ir::kUdp), space.ports(destination_end(direction), kReports));
  return space.unite(to_groups(space, direction), reports);
}

}  // namespace untrack::passes::lint
