// The sets of packets with one property, built edge by edge.
#include <algorithm>
#include <cassert>
#include <map>
#include <set>
#include <span>

#include "ir/packet_space_impl.h"

namespace untrack::ir {

static constexpr AddressBits kLastPort = 65535;
static constexpr Protocol kPortProtocols[] = {kTcp, kUdp, kSctp};  // has_ports(), ascending

// A function of one number: `kOutside` but for the intervals added, in ascending order.
class Steps {
 public:
  explicit Steps(AddressBits last_key) : last_key_(last_key) {}
  explicit Steps(Field field) : Steps(max_key(field)) {}
  void add(AddressBits first, AddressBits last, DiagramNode child) {
    assert(first >= edges_.back().first_key && "intervals come in ascending order");
    if (edges_.back().first_key == first) {
      edges_.back().child = child;
    } else {
      edges_.push_back({first, child});
    }
    if (last < last_key_) edges_.push_back({last + 1, kOutside});
  }
  void add(AddressBits key, DiagramNode child) { add(key, key, child); }
  std::span<const Diagram::Edge> edges() const { return edges_; }

 private:
  AddressBits last_key_;
  std::vector<Diagram::Edge> edges_{{0, kOutside}};
};

// The node that tests `digit` of a port whose digits before it make `first` the least possible. `steps` are
// those from that port on, the first one at or before it.
static DiagramNode port_node(Diagram& diagram, End end, int digit, AddressBits first,
                             std::span<const Diagram::Edge> steps) {
  if (steps.size() == 1) return steps.front().child;
  const AddressBits width = AddressBits{1} << 4 * (kPortDigits - 1 - digit);
  std::vector<Diagram::Edge> edges;
  for (AddressBits key = 0; key <= max_key(port_field(end, digit)); ++key) {
    const AddressBits begin = first + key * width;
    const auto starts_after = [&](AddressBits port) {
      return std::ranges::upper_bound(steps, port, {}, &Diagram::Edge::first_key);
    };
    const std::span<const Diagram::Edge> part(starts_after(begin) - 1, starts_after(begin + width - 1));
    edges.push_back({key, port_node(diagram, end, digit + 1, begin, part)});
  }
  return diagram.make(port_field(end, digit), edges);
}

static DiagramNode port_node(Diagram& diagram, End end, const Steps& steps) {
  return port_node(diagram, end, 0, 0, steps.edges());
}

static DiagramNode interval(Diagram& diagram, Field field, AddressBits first, AddressBits last,
                            DiagramNode child) {
  Steps steps(field);
  steps.add(first, last, child);
  return diagram.make(field, steps.edges());
}

static DiagramNode point(Diagram& diagram, Field field, AddressBits key, DiagramNode child) {
  return interval(diagram, field, key, key, child);
}

static DiagramNode by_version(Diagram& diagram, DiagramNode v4, DiagramNode v6) {
  const Diagram::Edge edges[] = {{version_key(IpVersion::V4), v4}, {version_key(IpVersion::V6), v6}};
  return diagram.make(Field::Version, edges);
}

static DiagramNode readable(Diagram& diagram, DiagramNode child) {
  return point(diagram, Field::Transport, transport_key(Transport::Readable), child);
}

PacketSet PacketSpace::nothing() {
  return set_of(kOutside);
}
PacketSet PacketSpace::everything() {
  return set_of(exhausted() ? kOutside : kInside);
}

PacketSet PacketSpace::version(IpVersion version) {
  return set_of(point(impl_->diagram, Field::Version, version_key(version), kInside));
}

PacketSet PacketSpace::protocol(Protocol protocol) {
  return set_of(point(impl_->diagram, Field::Protocol, protocol.number, kInside));
}

PacketSet PacketSpace::transport(Transport transport) {
  Diagram& diagram = impl_->diagram;
  if (transport == Transport::Readable) return set_of(readable(diagram, kInside));
  // Whether CutOff is a key of its own depends on the protocol, and that on the version.
  const bool fragment = transport == Transport::LaterFragment;
  const DiagramNode with_header = point(diagram, Field::Transport, transport_key(transport), kInside);
  const DiagramNode without_header = fragment ? interval(diagram, Field::Transport, transport_key(transport),
                                                         max_key(Field::Transport), kInside)
                                              : kOutside;
  const auto of_version = [&](IpVersion version) {
    Steps steps(Field::Protocol);
    for (unsigned number = 0; number <= max_key(Field::Protocol); ++number) {
      const Protocol protocol{static_cast<std::uint8_t>(number)};
      steps.add(number, has_header(version, protocol) ? with_header : without_header);
    }
    return diagram.make(Field::Protocol, steps.edges());
  };
  return set_of(by_version(diagram, of_version(IpVersion::V4), of_version(IpVersion::V6)));
}

PacketSet PacketSpace::address(End end, const AddressSet& addresses) {
  Diagram& diagram = impl_->diagram;
  const auto of_version = [&](IpVersion version) {
    const Field field = address_field(end, version);
    Steps steps(field);
    for (const Cidr& prefix : addresses.prefixes(version)) steps.add(prefix.first(), prefix.last(), kInside);
    return diagram.make(field, steps.edges());
  };
  return set_of(by_version(diagram, of_version(IpVersion::V4), of_version(IpVersion::V6)));
}

PacketSet PacketSpace::ports(End end, const PortSet& ports) {
  Diagram& diagram = impl_->diagram;
  Steps numbers(kLastPort);
  for (const PortRange& range : ports.ranges()) numbers.add(range.first, range.last, kInside);
  const DiagramNode with_header = readable(diagram, port_node(diagram, end, numbers));
  Steps protocols(Field::Protocol);
  for (const Protocol protocol : kPortProtocols) protocols.add(protocol.number, with_header);
  return set_of(diagram.make(Field::Protocol, protocols.edges()));
}

// Two nestings, since a remote address is tested before the protocol and a local one after the port.
static DiagramNode remote_sockets(Diagram& diagram, const std::vector<SocketAddress>& members,
                                  IpVersion version) {
  const Field field = address_field(End::Remote, version);
  std::map<AddressBits, std::map<Protocol, std::set<Port>>> tree;
  for (const SocketAddress& member : members) {
    tree[member.address.bits()][member.protocol].insert(member.port);
  }
  Steps addresses(field);
  for (const auto& [address, by_protocol] : tree) {
    Steps protocols(Field::Protocol);
    for (const auto& [protocol, ports] : by_protocol) {
      Steps numbers(kLastPort);
      for (const Port port : ports) numbers.add(port, kInside);
      protocols.add(protocol.number, readable(diagram, port_node(diagram, End::Remote, numbers)));
    }
    addresses.add(address, diagram.make(Field::Protocol, protocols.edges()));
  }
  return diagram.make(field, addresses.edges());
}

static DiagramNode local_sockets(Diagram& diagram, const std::vector<SocketAddress>& members,
                                 IpVersion version) {
  const Field field = address_field(End::Local, version);
  std::map<Protocol, std::map<Port, std::set<AddressBits>>> tree;
  for (const SocketAddress& member : members) {
    tree[member.protocol][member.port].insert(member.address.bits());
  }
  Steps protocols(Field::Protocol);
  for (const auto& [protocol, by_port] : tree) {
    Steps numbers(kLastPort);
    for (const auto& [port, addresses_of_port] : by_port) {
      Steps addresses(field);
      for (const AddressBits address : addresses_of_port) addresses.add(address, kInside);
      numbers.add(port, diagram.make(field, addresses.edges()));
    }
    protocols.add(protocol.number, readable(diagram, port_node(diagram, End::Local, numbers)));
  }
  return diagram.make(Field::Protocol, protocols.edges());
}

PacketSet PacketSpace::sockets(End end, const SocketSet& sockets) {
  Diagram& diagram = impl_->diagram;
  const auto of_version = [&](IpVersion version) {
    std::vector<SocketAddress> members;
    std::ranges::copy_if(sockets.members(), std::back_inserter(members), [&](const SocketAddress& member) {
      return member.address.version() == version && has_ports(member.protocol);
    });
    return end == End::Remote ? remote_sockets(diagram, members, version)
                              : local_sockets(diagram, members, version);
  };
  return set_of(by_version(diagram, of_version(IpVersion::V4), of_version(IpVersion::V6)));
}

PacketSet PacketSpace::icmp(std::uint8_t first_type, std::uint8_t last_type, std::uint8_t first_code,
                            std::uint8_t last_code) {
  Diagram& diagram = impl_->diagram;
  const DiagramNode codes = interval(diagram, Field::IcmpCode, first_code, last_code, kInside);
  const DiagramNode header =
      readable(diagram, interval(diagram, Field::IcmpType, first_type, last_type, codes));
  return set_of(by_version(diagram, point(diagram, Field::Protocol, kIcmp.number, header),
                           point(diagram, Field::Protocol, kIcmp6.number, header)));
}

PacketKeys keys_of(const Packet& packet, Direction direction) {
  PacketKeys keys;
  const auto set = [&](Field field, std::optional<AddressBits> key) {
    keys[static_cast<std::size_t>(field)] = key;
  };
  set(Field::Version, version_key(packet.version));
  set(Field::Protocol, packet.protocol.number);
  set(Field::Transport, transport_key(packet.transport));
  set(address_field(source_end(direction), packet.version), packet.source.bits());
  set(address_field(destination_end(direction), packet.version), packet.destination.bits());
  for (int digit = 0; digit < kPortDigits && packet.source_port; ++digit) {
    set(port_field(source_end(direction), digit), port_digit(*packet.source_port, digit));
    set(port_field(destination_end(direction), digit), port_digit(*packet.destination_port, digit));
  }
  set(Field::IcmpType, packet.icmp_type);
  set(Field::IcmpCode, packet.icmp_code);
  return keys;
}

PacketSet PacketSpace::single(const Packet& packet, Direction direction) {
  Diagram& diagram = impl_->diagram;
  const PacketKeys keys = keys_of(packet, direction);
  DiagramNode node = kInside;
  for (std::size_t i = kFieldCount; i-- > 0;) {
    if (!keys[i]) continue;
    const auto field = static_cast<Field>(i);
    // Where there is no CutOff, the key before it goes on (ir/diagram.h).
    const bool to_the_end = field == Field::Transport && packet.transport == Transport::LaterFragment &&
                            !has_header(packet.version, packet.protocol);
    node = interval(diagram, field, *keys[i], to_the_end ? max_key(field) : *keys[i], node);
  }
  return set_of(node);
}

}  // namespace untrack::ir
