#include "verify/nft/fields.h"

#include <algorithm>

#include "verify/interfaces.h"

namespace untrack::verify::nft {

using ir::IpVersion;
using ir::PacketSet;
using ir::Transport;

Fields::Fields(Composer& composer, ir::Direction direction, std::string_view interface_name, Hits marked)
    : composer_(composer),
      space_(composer.space),
      direction_(direction),
      name_(name_number(interface_name)),
      marked_(marked) {}

// ---- sets of packets by number

PacketSet Fields::protocols(const Ranges& numbers) {
  if (numbers == Ranges::all(8)) return space_.everything();
  PacketSet found = space_.nothing();
  for (const Range& range : numbers.list()) {
    for (Number number = range.first; number <= range.last; ++number) {
      found = space_.unite(found, space_.protocol(ir::Protocol{static_cast<std::uint8_t>(number)}));
    }
  }
  return found;
}

PacketSet Fields::addresses(IpVersion version, ir::End end, const Ranges& values) {
  std::vector<ir::Cidr> prefixes;
  for (const Range& range : values.list()) {
    const auto more = ir::prefixes_of(version, range.first, range.last);
    prefixes.insert(prefixes.end(), more.begin(), more.end());
  }
  return space_.intersect(space_.version(version), space_.address(end, ir::AddressSet(std::move(prefixes))));
}

// ---- fields of the IP headers

// Where there is no such interface the name is empty, or, in older kernels, the load fails (nft_meta.c).
Hits Fields::interface(ir::Direction direction, const Ranges& values) {
  if (direction == direction_) return values.contains(name_) ? composer_.always() : composer_.never();
  return {space_.nothing(), values.contains(0) ? space_.everything() : space_.nothing()};
}

// The first next-header field holds the packet's protocol or the number of an extension header (ipv6_ext_hdr,
// net/ipv6/exthdrs_core.c), which no coordinate of a packet tells. A fragment has at least one.
Hits Fields::next_header(const Ranges& values) {
  static constexpr std::uint8_t kExtensionHeaders[] = {0, 43, 44, 51, 60};
  bool some = false, all = true;
  for (const std::uint8_t number : kExtensionHeaders) {
    some |= values.contains(number);
    all &= values.contains(number);
  }
  const PacketSet v6 = space_.version(IpVersion::V6);
  const PacketSet later = space_.intersect(v6, space_.transport(Transport::LaterFragment));
  const PacketSet by_protocol = space_.subtract(space_.intersect(v6, protocols(values)), later);
  return {all ? space_.unite(by_protocol, later) : space_.nothing(), some ? v6 : by_protocol};
}

// 16 bits: three flags, of which DF and MF are open, then the offset, which is 0 save in later fragments.
static constexpr Number kFragmentOffset = 0x1fff;  // IP_OFFSET (net/ip.h)

static bool has_offset_zero(const Ranges& values) {
  return std::ranges::any_of(
      values.list(), [](const Range& range) { return (range.last & ~kFragmentOffset) >= range.first; });
}
static bool has_other_offset(const Ranges& values) {
  return std::ranges::any_of(values.list(), [](const Range& range) {
    return range.first != range.last || (range.first & kFragmentOffset) != 0;
  });
}

Hits Fields::fragment_offset_v4(const Ranges& values) {
  const Ranges others = values.complement(16);
  const bool some[2] = {has_offset_zero(values), has_other_offset(values)};
  const bool all[2] = {!has_offset_zero(others), !has_other_offset(others)};
  const PacketSet v4 = space_.version(IpVersion::V4);
  const PacketSet later = space_.intersect(v4, space_.transport(Transport::LaterFragment));
  const PacketSet first = space_.subtract(v4, later);
  const auto select = [&](const bool(&take)[2]) {
    return space_.unite(take[0] ? first : space_.nothing(), take[1] ? later : space_.nothing());
  };
  return {select(all), select(some)};
}

// 13 bits. Not 0 in later fragments; 0 in others that have a fragment header, and no load from those without.
Hits Fields::fragment_offset_v6(const Ranges& values) {
  const Ranges offsets({{1, max_number(13)}});
  bool some = false;
  for (const Range& range : values.list()) some |= range.last > 0;
  bool all = false;
  for (const Range& range : values.list()) all |= range.first <= 1 && range.last >= offsets.list()[0].last;
  const PacketSet v6 = space_.version(IpVersion::V6);
  const PacketSet later = space_.intersect(v6, space_.transport(Transport::LaterFragment));
  const PacketSet first = space_.subtract(v6, later);
  return {all ? later : space_.nothing(),
          space_.unite(some ? later : space_.nothing(), values.contains(0) ? first : space_.nothing())};
}

// First fragments have the header too, and are not told from whole packets.
Hits Fields::fragment_header(const Ranges& values) {
  const PacketSet v6 = space_.version(IpVersion::V6);
  const PacketSet later = space_.intersect(v6, space_.transport(Transport::LaterFragment));
  const PacketSet first = space_.subtract(v6, later);
  if (values == Ranges::all(1)) return composer_.exactly(v6);
  if (values.contains(1)) return {later, v6};
  return {space_.nothing(), values.contains(0) ? first : space_.nothing()};
}

Hits Fields::mark_bit(const Ranges& values) {
  if (values == Ranges::all(1)) return composer_.always();
  if (values.empty()) return composer_.never();
  return values.contains(1) ? marked_ : composer_.except(composer_.always(), marked_);
}

// ---- bytes behind the IP header

// `readable` packets have the field. Of all others whatever bytes stand there are loaded, if there are any:
// later fragments, protocols with another layout, and packets that are cut off somewhere before their
// header's end, so before the field or behind it (nft_payload_fast_eval, net/netfilter/nf_tables_core.c;
// tried on Linux 6.18).
Hits Fields::transport_bytes(PacketSet exact, PacketSet readable, const Ranges& values) {
  if (values.empty()) return composer_.never();
  return {exact, space_.unite(exact, space_.complement(readable))};
}

Hits Fields::ports(ir::End end, const Ranges& values) {
  std::vector<ir::PortRange> ranges;
  for (const Range& range : values.list()) {
    ranges.push_back({static_cast<ir::Port>(range.first), static_cast<ir::Port>(range.last)});
  }
  const PacketSet readable = space_.ports(end, ir::PortSet({{0, 0xffff}}));
  return transport_bytes(space_.ports(end, ir::PortSet(std::move(ranges))), readable, values);
}

Hits Fields::icmp(bool type, const Ranges& values) {
  PacketSet exact = space_.nothing();
  for (const Range& range : values.list()) {
    const auto first = static_cast<std::uint8_t>(range.first), last = static_cast<std::uint8_t>(range.last);
    exact = space_.unite(exact, type ? space_.icmp(first, last, 0, 255) : space_.icmp(0, 255, first, last));
  }
  return transport_bytes(exact, space_.icmp(0, 255, 0, 255), values);
}

// The packets of protocols whose header, as long as it is without options, ends just there, and those whose
// header goes on. RFC 9293 section 3.1, RFC 768, RFC 9260 section 3.1; struct icmphdr, struct icmp6hdr.
struct HeaderSize {
  ir::Protocol protocol;
  int bits;
};
static constexpr HeaderSize kHeaderSizes[] = {
    {ir::kTcp, 160}, {ir::kUdp, 64}, {ir::kSctp, 96}, {ir::kIcmp, 64}, {ir::kIcmp6, 64},
};

// What stands in the bytes is the sender's choice; that they can be loaded is a fact. A packet is CutOff if
// its transport header is not there in whole, so bytes up to the header's end load for readable packets only.
// Fewer bytes may or may not be there in a packet that is cut off, and so with bytes behind the header and in
// fragments.
Hits Fields::raw(const Field& field, const Ranges& values) {
  if (values.empty()) return composer_.never();
  PacketSet sure = space_.nothing(), refused = space_.nothing();
  for (const auto& [protocol, bits] : kHeaderSizes) {
    const PacketSet packets = space_.protocol(protocol);
    const auto with = [&](Transport transport) {
      return space_.intersect(packets, space_.transport(transport));
    };
    if (field.end_bits <= bits) sure = space_.unite(sure, with(Transport::Readable));
    if (field.end_bits >= bits) refused = space_.unite(refused, with(Transport::CutOff));
  }
  // ICMP of the other IP version is a protocol without a header that policy knows: its packets have any
  // length.
  const auto foreign = [&](ir::Protocol protocol, IpVersion version) {
    return space_.intersect(space_.protocol(protocol), space_.version(version));
  };
  sure = space_.subtract(sure,
                         space_.unite(foreign(ir::kIcmp, IpVersion::V6), foreign(ir::kIcmp6, IpVersion::V4)));
  const bool whatever = values == Ranges::all(field.bits);
  return {whatever ? sure : space_.nothing(), space_.complement(refused)};
}

// ---- all fields

static bool is_v4(Quantity quantity) {
  return quantity >= Quantity::Ip4Source && quantity <= Quantity::Ip4FragmentOffset;
}
static bool is_v6(Quantity quantity) {
  return quantity >= Quantity::Ip6Source && quantity <= Quantity::Ip6HasFragmentHeader;
}

Hits Fields::in_unmasked(Quantity quantity, const Ranges& values) {
  const auto version_if = [&](IpVersion version, Number number) {
    return values.contains(number) ? space_.version(version) : space_.nothing();
  };
  const PacketSet v4 = space_.version(IpVersion::V4);
  const ir::End source = ir::source_end(direction_), destination = ir::destination_end(direction_);
  switch (quantity) {
    case Quantity::NfProto:
      return composer_.exactly(space_.unite(version_if(IpVersion::V4, 2), version_if(IpVersion::V6, 10)));
    case Quantity::EtherType:
      return composer_.exactly(
          space_.unite(version_if(IpVersion::V4, 0x0800), version_if(IpVersion::V6, 0x86dd)));
    case Quantity::L4Proto: return composer_.exactly(protocols(values));
    case Quantity::InputName: return interface(ir::Direction::Ingress, values);
    case Quantity::OutputName: return interface(ir::Direction::Egress, values);
    case Quantity::MarkBit: return mark_bit(values);
    case Quantity::Ip4Source: return composer_.exactly(addresses(IpVersion::V4, source, values));
    case Quantity::Ip4Destination: return composer_.exactly(addresses(IpVersion::V4, destination, values));
    case Quantity::Ip4Protocol: return composer_.exactly(space_.intersect(v4, protocols(values)));
    case Quantity::Ip4FragmentOffset: return fragment_offset_v4(values);
    case Quantity::Ip6Source: return composer_.exactly(addresses(IpVersion::V6, source, values));
    case Quantity::Ip6Destination: return composer_.exactly(addresses(IpVersion::V6, destination, values));
    case Quantity::Ip6NextHeader: return next_header(values);
    case Quantity::Ip6FragmentOffset: return fragment_offset_v6(values);
    case Quantity::Ip6HasFragmentHeader: return fragment_header(values);
    case Quantity::SourcePort: return ports(source, values);
    case Quantity::DestinationPort: return ports(destination, values);
    case Quantity::IcmpType: return icmp(true, values);
    case Quantity::IcmpCode: return icmp(false, values);
    case Quantity::TransportBytes: break;  // needs the place: `raw`
  }
  return composer_.never();
}

Hits Fields::in(const Field& field, const Ranges& values) {
  const Ranges wanted = field.mask ? values.unmasked(*field.mask, field.bits) : values;
  return field.quantity == Quantity::TransportBytes ? raw(field, wanted)
                                                    : in_unmasked(field.quantity, wanted);
}

Hits Fields::dependency(const Field& field, std::optional<ir::Protocol> known) {
  PacketSet needed = space_.everything();
  if (field.header) needed = space_.protocol(*field.header);
  if (is_v4(field.quantity)) needed = space_.version(IpVersion::V4);
  if (is_v6(field.quantity)) needed = space_.version(IpVersion::V6);
  // `icmp type` asks for IPv4 too, but not behind `meta l4proto icmp` (nft --debug=netlink, nft 1.0.6).
  if (field.header && known != field.header) {
    if (*field.header == ir::kIcmp) needed = space_.intersect(needed, space_.version(IpVersion::V4));
    if (*field.header == ir::kIcmp6) needed = space_.intersect(needed, space_.version(IpVersion::V6));
  }
  return composer_.exactly(needed);
}

}  // namespace untrack::verify::nft
