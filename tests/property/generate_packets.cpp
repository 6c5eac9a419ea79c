#include <algorithm>
#include <array>

#include "tests/property/generate.h"

namespace untrack::property {

using namespace ir;

namespace {

// A packet before it is made to obey the invariants of ir::Packet.
struct Draft {
  IpVersion version = IpVersion::V4;
  Protocol protocol;
  Transport transport = Transport::Readable;
  AddressBits source = 0, destination = 0;
  Port source_port = 0, destination_port = 0;
  std::uint8_t icmp_type = 0, icmp_code = 0;

  Packet packet() const {
    Packet made{.version = version,
                .protocol = protocol,
                .transport = transport,
                .source = Address(version, source & max_address(version)),
                .destination = Address(version, destination & max_address(version))};
    if (transport == Transport::CutOff && !has_header(version, protocol))
      made.transport = Transport::Readable;
    if (made.transport != Transport::Readable) return made;
    if (has_ports(protocol)) {
      made.source_port = source_port;
      made.destination_port = destination_port;
    }
    if (has_icmp(version, protocol)) {
      made.icmp_type = icmp_type;
      made.icmp_code = icmp_code;
    }
    return made;
  }
};

// Every value at which some rule of the hook may change its mind, and its neighbours.
class Boundaries {
 public:
  Boundaries(const Ruleset& ruleset, const InterfaceHook& hook) : ruleset_(ruleset) {
    for (const IpVersion version : kIpVersions) add(version, 0, max_address(version));
    for (const Block& block : hook.blocks) {
      for (const Rule& rule : block.rules) add(rule.match);
    }
  }

  Draft any(Random& random) const {
    Draft draft;
    draft.version = random.pick(kIpVersions);
    draft.protocol = random.chance(60) ? (random.chance(70) ? kTcp : kUdp) : random.pick(protocols_);
    draft.transport = any_transport(random);
    draft.source = any_address(random, draft.version);
    draft.destination = any_address(random, draft.version);
    draft.source_port = random.pick(ports_);
    draft.destination_port = random.pick(ports_);
    draft.icmp_type = random.pick(icmp_types_);
    draft.icmp_code = random.pick(icmp_codes_);
    return draft;
  }

  // A packet that probably matches; what the match leaves open is as in `any`.
  Draft aimed(Random& random, const Match& match) const {
    Draft draft = any(random);
    if (match.ip_version) draft.version = *match.ip_version;
    if (match.protocol) draft.protocol = *match.protocol;
    if (match.icmp) {
      draft.icmp_type = match.icmp->type;
      if (match.icmp->code) draft.icmp_code = *match.icmp->code;
    }
    draft.source = any_address(random, draft.version);
    draft.destination = any_address(random, draft.version);
    aim(random, draft, match.source, draft.source, draft.source_port);
    aim(random, draft, match.destination, draft.destination, draft.destination_port);
    if (random.chance(80)) draft.transport = Transport::Readable;
    return draft;
  }

 private:  // Of a long list the first and the last: the ones between are no different.
  static constexpr std::size_t kMostMembers = 40;

  static Transport any_transport(Random& random) {
    if (random.chance(75)) return Transport::Readable;
    return random.chance(50) ? Transport::LaterFragment : Transport::CutOff;
  }

  AddressBits any_address(Random& random, IpVersion version) const {
    return random.pick(addresses_[index(version)]);
  }
  static std::size_t index(IpVersion version) { return version == IpVersion::V4 ? 0 : 1; }

  void aim(Random& random, const Draft& draft, const SideMatch& side, AddressBits& address,
           Port& port) const {
    if (!side.in.empty()) {
      const auto prefixes = ruleset_.address_sets[random.pick(side.in)].prefixes(draft.version);
      if (!prefixes.empty()) {
        const Cidr& prefix = random.pick(prefixes);
        address = random.chance(50) ? prefix.first() : prefix.last();
      }
    }
    if (!side.ports) return;
    if (!side.ports->numbers.empty()) {
      const PortRange& range = random.pick(side.ports->numbers.ranges());
      port = random.chance(50) ? range.first : range.last;
    }
    if (side.ports->sockets.empty() || random.chance(50)) return;
    const auto& members = ruleset_.socket_sets[random.pick(side.ports->sockets)].members();
    if (members.empty()) return;
    const SocketAddress& member = random.pick(members);
    if (member.address.version() == draft.version) address = member.address.bits();
    port = member.port;
  }

  template <class Members, class Add>
  static void each_end(const Members& members, Add add_member) {
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (i < kMostMembers / 2 || i + kMostMembers / 2 >= members.size()) add_member(members[i]);
    }
  }

  void add(IpVersion version, AddressBits first, AddressBits last) {
    for (const AddressBits bits : {first - 1, first, last, last + 1}) {
      addresses_[index(version)].push_back(bits & max_address(version));
    }
  }

  void add(const PortRange& range) {
    for (const int port : {range.first - 1, range.first + 0, range.last + 0, range.last + 1}) {
      ports_.push_back(static_cast<Port>(port));
    }
  }

  void add(const PortMatch& ports) {
    each_end(ports.numbers.ranges(), [&](const PortRange& range) { add(range); });
    for (const SocketSetId id : ports.sockets) {
      each_end(ruleset_.socket_sets[id].members(), [&](const SocketAddress& member) {
        add(member.address.version(), member.address.bits(), member.address.bits());
        add(PortRange{member.port, member.port});
        protocols_.push_back(member.protocol);
      });
    }
  }

  void add(const SideMatch& side) {
    for (const auto* ids : {&side.in, &side.not_in}) {
      for (const AddressSetId id : *ids) {
        each_end(ruleset_.address_sets[id].prefixes(),
                 [&](const Cidr& prefix) { add(prefix.version(), prefix.first(), prefix.last()); });
      }
    }
    if (side.ports) add(*side.ports);
    add(side.not_ports);
  }

  void add(const IcmpMatch& icmp) {
    for (const int step : {-1, 0, 1}) {
      icmp_types_.push_back(static_cast<std::uint8_t>(icmp.type + step));
      if (icmp.code) icmp_codes_.push_back(static_cast<std::uint8_t>(*icmp.code + step));
    }
  }

  void add(const Match& match) {
    if (match.protocol) protocols_.push_back(*match.protocol);
    if (match.not_protocol) protocols_.push_back(*match.not_protocol);
    if (match.icmp) add(*match.icmp);
    if (match.not_icmp) add(*match.not_icmp);
    add(match.source);
    add(match.destination);
  }

  const Ruleset& ruleset_;
  std::array<std::vector<AddressBits>, 2> addresses_;
  std::vector<Port> ports_{0, 1, 40000, 65535};
  std::vector<Protocol> protocols_{kTcp, kUdp, kSctp, kIcmp, kIcmp6, kUdpLite, {0}, {89}, {255}};
  std::vector<std::uint8_t> icmp_types_{0, 8, 128, 129, 255}, icmp_codes_{0, 1, 255};
};

}  // namespace

std::vector<Packet> boundary_packets(const Ruleset& ruleset, const InterfaceHook& hook, std::size_t count) {
  const Boundaries boundaries(ruleset, hook);
  std::vector<const Match*> matches;
  for (const Block& block : hook.blocks) {
    for (const Rule& rule : block.rules) matches.push_back(&rule.match);
  }
  Random random(1);
  std::vector<Packet> packets;
  for (std::size_t i = 0; i < count; ++i) {
    const bool aim = i % 2 == 0 && !matches.empty();
    const Draft draft =
        aim ? boundaries.aimed(random, *matches[i / 2 % matches.size()]) : boundaries.any(random);
    packets.push_back(draft.packet());
  }
  return packets;
}

}  // namespace untrack::property
