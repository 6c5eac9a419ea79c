#include "verify/iptables/matches.h"

#include "support/overloaded.h"

namespace untrack::verify::iptables {

using ir::IpVersion;
using ir::PacketSet;
using ir::Transport;

Matches::Matches(Composer& composer, const IpSets& sets, IpVersion version, ir::Direction direction,
                 std::string_view interface_name, const Programs& programs)
    : composer_(composer),
      space_(composer.space),
      sets_(sets),
      version_(version),
      direction_(direction),
      name_(name_number(interface_name)),
      programs_(programs) {}

Test Matches::test(const Match& match) {
  return std::visit(
      overloaded{
          [&](const ProtocolMatch& m) { return plain(space_.protocol(m.protocol), m.negated); },
          [&](const AddressMatch& m) { return address(m); },
          [&](const InterfaceMatch& m) { return interface(m); },
          [&](const LaterFragmentMatch& m) {
            return plain(space_.transport(Transport::LaterFragment), m.negated);
          },
          [&](const HeaderMatch& m) { return header(m); },
          [&](const MultiportMatch& m) { return multiport(m); },
          [&](const IcmpMatch& m) { return icmp(m); },
          [&](const SetMatch& m) { return set(m); },
          [&](const MarkMatch&) {
            return perhaps(programs_.before ? std::optional(programs_.before->marked) : std::nullopt);
          },
          [&](const ProgramMatch& m) { return program(m); },
      },
      match);
}

Test Matches::plain(PacketSet set, bool negated) {
  return {composer_.exactly(negated ? space_.complement(set) : set), composer_.never()};
}

// ---- ip_packet_match (net/ipv4/netfilter/ip_tables.c), ip6_packet_match (net/ipv6/netfilter/ip6_tables.c)

PacketSet Matches::addresses(bool source, const Ranges& ranges) {
  std::vector<ir::Cidr> prefixes;
  for (const Range& range : ranges.list()) {
    const auto more = ir::prefixes_of(version_, range.first, range.last);
    prefixes.insert(prefixes.end(), more.begin(), more.end());
  }
  return space_.address(end(source), ir::AddressSet(std::move(prefixes)));
}

Test Matches::address(const AddressMatch& match) {
  return plain(addresses(match.source, Ranges({match.network})), match.negated);
}

// Where there is no such interface its name is empty.
Test Matches::interface(const InterfaceMatch& match) {
  const bool there = match.input == (direction_ == ir::Direction::Ingress);
  const bool equal = Ranges({match.names}).contains(there ? name_ : 0);
  return plain(equal ? space_.everything() : space_.nothing(), match.negated);
}

// ---- extensions that read the transport header

PacketSet Matches::cut_off(ir::Protocol protocol) {
  return space_.intersect(space_.protocol(protocol), space_.transport(Transport::CutOff));
}

PacketSet Matches::whole_header() {
  return space_.ports(ir::End::Remote, ir::PortSet({{0, 0xffff}}));
}

// xt_tcpudp.c, xt_sctp.c: never a later fragment, and a cut-off header is dropped. Of TCP a fragment at
// offset 1, which would overwrite the flags, is dropped too (tcp_mt; IPv4 only, where offsets count units of
// 8 bytes), and no coordinate of a packet tells which offset it has.
Test Matches::header(const HeaderMatch& match) {
  PacketSet taken = space_.intersect(space_.protocol(match.protocol), whole_header());
  const auto restrict = [&](bool source, const std::optional<PortsTest>& test) {
    if (!test) return;
    const PacketSet ports = space_.ports(end(source), test->ports);
    taken = test->negated ? space_.subtract(taken, ports) : space_.intersect(taken, ports);
  };
  restrict(true, match.source);
  restrict(false, match.destination);
  Hits dropped = composer_.exactly(cut_off(match.protocol));
  if (match.protocol == ir::kTcp && version_ == IpVersion::V4) {
    const PacketSet later =
        space_.intersect(space_.protocol(ir::kTcp), space_.transport(Transport::LaterFragment));
    dropped.possible = space_.unite(dropped.possible, later);
  }
  return {composer_.exactly(taken), dropped};
}

// xt_multiport.c: needs the ports only. A packet that is cut off behind them is matched, one before them
// dropped.
Test Matches::multiport(const MultiportMatch& match) {
  const PacketSet readable = space_.intersect(space_.protocol(match.protocol), whole_header());
  PacketSet ports = space_.nothing();
  if (match.source) ports = space_.unite(ports, space_.ports(end(true), match.test.ports));
  if (match.destination) ports = space_.unite(ports, space_.ports(end(false), match.test.ports));
  const PacketSet taken =
      match.test.negated ? space_.subtract(readable, ports) : space_.intersect(readable, ports);
  const PacketSet cut = cut_off(match.protocol);
  return {{taken, space_.unite(taken, cut)}, {space_.nothing(), cut}};
}

// icmp_match, icmp6_match (xt_tcpudp.c).
Test Matches::icmp(const IcmpMatch& match) {
  const auto byte = [](Number number) { return static_cast<std::uint8_t>(number); };
  const PacketSet readable = space_.icmp(0, 255, 0, 255);
  const PacketSet message = space_.icmp(byte(match.types.first), byte(match.types.last),
                                        byte(match.codes.first), byte(match.codes.last));
  const PacketSet taken = match.negated ? space_.subtract(readable, message) : message;
  return {composer_.exactly(taken),
          composer_.exactly(cut_off(version_ == IpVersion::V4 ? ir::kIcmp : ir::kIcmp6))};
}

// ---- what programs have done, or say. Without one that is known, anything.

Test Matches::perhaps(std::optional<PacketSet> set) {
  const Hits anything{space_.nothing(), space_.everything()};
  return {set ? composer_.exactly(*set) : anything, composer_.never()};
}

Test Matches::program(const ProgramMatch& match) {
  if (!programs_.asked) return perhaps(std::nullopt);
  return perhaps(match.to_allow ? programs_.asked->to_allow : programs_.asked->to_drop);
}

// ---- sets (xt_set.c: a lookup that fails is no match, and so a negated one matches)

Test Matches::set(const SetMatch& match) {
  const IpSet& set = sets_.find(match.set)->second;
  Hits taken = composer_.never();
  if (set.parts.empty()) {
    std::vector<Hits> members;
    for (const std::string& name : set.members)
      members.push_back(found(sets_.find(name)->second, match.source));
    taken = composer_.any(std::move(members));
  } else {
    taken = found(set, match.source);
  }
  return {match.negated ? composer_.except(composer_.always(), taken) : taken, composer_.never()};
}

Hits Matches::found(const IpSet& set, const std::vector<bool>& source) {
  // ip_set_test (net/netfilter/ipset/ip_set_core.c): another family, or fewer directions than dimensions: no
  // match.
  if ((set.version && set.version != version_) || source.size() < set.parts.size()) return composer_.never();
  struct KeyField {
    Part part;
    bool is_protocol;
    bool source;
  };
  std::vector<KeyField> key;
  for (std::size_t i = 0; i < set.parts.size(); ++i) {
    if (set.parts[i] == Part::Port) key.push_back({Part::Port, true, source[i]});
    key.push_back({set.parts[i], false, source[i]});
  }
  std::vector<const Values*> elements;
  for (const Values& values : set.elements) elements.push_back(&values);
  return found_in(composer_, elements, key.size(), [&](std::size_t field, const Ranges& values) -> Hits {
    const KeyField& part = key[field];
    if (part.is_protocol) {
      PacketSet protocols = space_.nothing();
      for (const Range& range : values.list()) {
        for (Number number = range.first; number <= range.last; ++number) {
          protocols =
              space_.unite(protocols, space_.protocol(ir::Protocol{static_cast<std::uint8_t>(number)}));
        }
      }
      return composer_.exactly(protocols);
    }
    switch (part.part) {
      case Part::Address: return composer_.exactly(addresses(part.source, values));
      case Part::Port: return port_key(part.source, values);
      case Part::BitmapPort: return bitmap_port(part.source, values);
    }
    return composer_.never();
  });
}

static ir::PortSet port_set(const Ranges& values) {
  std::vector<ir::PortRange> ranges;
  for (const Range& range : values.list()) {
    ranges.push_back({static_cast<ir::Port>(range.first), static_cast<ir::Port>(range.last)});
  }
  return ir::PortSet(std::move(ranges));
}

// get_port, ip_set_get_ip4_port, ip_set_get_ip6_port (net/netfilter/ipset/ip_set_getport.c; tried on
// Linux 6.18): the port of TCP, UDP and SCTP; type and code of ICMP; 0 for protocols without either. No key
// of a cut-off header, nor of a later fragment, save in IPv4 of protocols without ports. Of UDPLite, and of
// ICMP of the other IP version, the key is read from bytes that a packet does not have here.
Hits Matches::port_key(bool source, const Ranges& values) {
  const PacketSet later = space_.transport(Transport::LaterFragment);
  PacketSet exact = space_.ports(end(source), port_set(values));
  for (const Range& range : values.list()) {
    for (Number type = range.first >> 8; type <= range.last >> 8; ++type) {
      const Number first = type == range.first >> 8 ? range.first & 0xff : 0;
      const Number last = type == range.last >> 8 ? range.last & 0xff : 0xff;
      const auto byte = [](Number number) { return static_cast<std::uint8_t>(number); };
      exact = space_.unite(exact, space_.icmp(byte(type), byte(type), byte(first), byte(last)));
    }
  }
  const ir::Protocol other_icmp = version_ == IpVersion::V4 ? ir::kIcmp6 : ir::kIcmp;
  PacketSet keyed = space_.nothing();
  for (const ir::Protocol protocol : {ir::kTcp, ir::kUdp, ir::kSctp, ir::kIcmp, ir::kIcmp6, ir::kUdpLite}) {
    keyed = space_.unite(keyed, space_.protocol(protocol));
  }
  const PacketSet whole = space_.complement(later);
  if (values.contains(0)) {
    PacketSet zero = space_.intersect(space_.complement(keyed), whole);
    if (version_ == IpVersion::V4) {
      const PacketSet portless = space_.unite(space_.complement(keyed), space_.protocol(ir::kIcmp6));
      zero = space_.unite(zero, space_.intersect(portless, later));
    }
    exact = space_.unite(exact, zero);
  }
  const PacketSet unknown = space_.unite(space_.protocol(ir::kUdpLite), space_.protocol(other_icmp));
  const PacketSet unknown_whole = values.empty() ? space_.nothing() : space_.intersect(unknown, whole);
  return {exact, space_.unite(exact, unknown_whole)};
}

// Only TCP and UDP (ip_set_get_ip_port, net/netfilter/ipset/ip_set_bitmap_port.c).
Hits Matches::bitmap_port(bool source, const Ranges& values) {
  const PacketSet protocols = space_.unite(space_.protocol(ir::kTcp), space_.protocol(ir::kUdp));
  return composer_.exactly(space_.intersect(protocols, space_.ports(end(source), port_set(values))));
}

}  // namespace untrack::verify::iptables
