#include "tests/kernel/wire.h"

#include <cassert>

namespace untrack::kernel {

using namespace ir;

static void put16(Bytes& bytes, std::uint64_t value) {
  bytes.push_back(static_cast<std::uint8_t>(value >> 8));
  bytes.push_back(static_cast<std::uint8_t>(value));
}
static void put32(Bytes& bytes, std::uint64_t value) {
  put16(bytes, value >> 16);
  put16(bytes, value);
}
static void put_address(Bytes& bytes, const Address& address) {
  for (int shift = address_bits(address.version()) - 8; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<std::uint8_t>(address.bits() >> shift));
  }
}
static void append(Bytes& bytes, const Bytes& more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

// ---- transport

static Bytes tcp(Port source, Port destination) {
  Bytes bytes;
  put16(bytes, source);
  put16(bytes, destination);
  put32(bytes, 1);       // sequence
  put32(bytes, 0);       // acknowledgement
  put16(bytes, 0x5002);  // five words of header, SYN
  put16(bytes, 1024);    // window
  put32(bytes, 0);       // checksum, urgent pointer
  return bytes;
}
static Bytes udp(Port source, Port destination) {
  Bytes bytes;
  put16(bytes, source);
  put16(bytes, destination);
  put16(bytes, 8);  // length
  put16(bytes, 0);  // no checksum
  return bytes;
}
static Bytes sctp(Port source, Port destination) {
  Bytes bytes;
  put16(bytes, source);
  put16(bytes, destination);
  put32(bytes, 1);  // verification tag
  put32(bytes, 0);  // checksum
  return bytes;
}
static Bytes icmp(std::uint8_t type, std::uint8_t code) {
  Bytes bytes = {type, code};
  put16(bytes, 0);  // checksum
  put32(bytes, 0x00010001);
  return bytes;
}

// The fixed part of the header that `protocol` has, with the ports or the type of `values`.
static Bytes header(Protocol protocol, const Packet& values) {
  const Port source = values.source_port.value_or(40000),
             destination = values.destination_port.value_or(12211);
  if (protocol == kTcp) return tcp(source, destination);
  if (protocol == kUdp) return udp(source, destination);
  if (protocol == kSctp) return sctp(source, destination);
  if (protocol == kIcmp || protocol == kIcmp6)
    return icmp(values.icmp_type.value_or(8), values.icmp_code.value_or(0));
  // Any other protocol: bytes that look like ports.
  return udp(source, destination);
}

static Bytes transport(const Packet& packet, const Packet& bait, property::Random& random) {
  const bool own = packet.source_port || packet.icmp_type;
  Bytes bytes = header(packet.protocol, own ? packet : bait);
  if (packet.transport == Transport::CutOff) {
    bytes.resize(random.below(bytes.size()));
  } else if (packet.transport == Transport::LaterFragment || !has_header(packet.version, packet.protocol)) {
    bytes.resize(random.below(2) * bytes.size());
  } else {
    bytes.resize(bytes.size() + random.below(16));
  }
  return bytes;
}

// ---- IPv4

static std::uint16_t checksum(const Bytes& header) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i + 1 < header.size(); i += 2) sum += header[i] * 256u + header[i + 1];
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

static std::uint64_t fragment_offset(property::Random& random) {
  return 1 + random.below(0x1000);
}  // of 8 bytes

static void set_checksum(Bytes& bytes, std::size_t header_length) {
  bytes[10] = bytes[11] = 0;
  const std::uint16_t sum =
      checksum({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(header_length)});
  bytes[10] = static_cast<std::uint8_t>(sum >> 8);
  bytes[11] = static_cast<std::uint8_t>(sum);
}

static Bytes wire_v4(const Packet& packet, const WireOptions& options, const Bytes& payload,
                     property::Random& random) {
  const Bytes no_operations(random.chance(20) ? 4 * (1 + random.below(10)) : 0, 1);
  const std::size_t length = 20 + no_operations.size();
  std::uint64_t fragment = random.chance(30) ? 0x4000 : 0;  // do not fragment
  if (packet.transport == Transport::LaterFragment) {
    fragment = fragment_offset(random) | (random.chance(50) ? 0x2000 : 0);  // more to come
  } else if (options.fragments && random.chance(15)) {
    fragment = 0x2000;
  }
  Bytes bytes = {static_cast<std::uint8_t>(0x40 | length / 4), 0};
  put16(bytes, length + payload.size());
  put16(bytes, options.id);
  put16(bytes, fragment);
  bytes.push_back(64);
  bytes.push_back(packet.protocol.number);
  put16(bytes, 0);
  put_address(bytes, packet.source);
  put_address(bytes, packet.destination);
  append(bytes, no_operations);
  set_checksum(bytes, length);
  append(bytes, payload);
  return bytes;
}

// ---- IPv6

static constexpr std::uint8_t kHopByHop = 0, kRouting = 43, kFragment = 44, kAuthentication = 51,
                              kDestination = 60;

static bool is_extension(std::uint8_t number) {
  for (const std::uint8_t each : {kHopByHop, kRouting, kFragment, kAuthentication, kDestination}) {
    if (number == each) return true;
  }
  return false;
}

// Headers in their order on the wire; each begins with the number of the next one, filled in at the end.
struct Extension {
  std::uint8_t number;
  Bytes bytes;
};

static Extension options_header(std::uint8_t number) {
  return {number, {0, 0, 1, 4, 0, 0, 0, 0}};
}  // PadN
static Extension fragment_header(std::uint64_t offset, bool more) {
  Extension extension{kFragment, {0, 0}};
  put16(extension.bytes, offset << 3 | (more ? 1 : 0));
  put32(extension.bytes, 0x12345678);
  return extension;
}

static std::vector<Extension> extensions(const Packet& packet, const WireOptions& options,
                                         property::Random& random) {
  std::vector<Extension> result;
  if (random.chance(10)) result.push_back(options_header(kHopByHop));
  if (random.chance(10)) result.push_back(options_header(kDestination));
  if (packet.transport == Transport::LaterFragment) {
    result.push_back(fragment_header(fragment_offset(random), random.chance(50)));
  } else if (options.fragments && random.chance(20)) {
    result.push_back(fragment_header(0, random.chance(50)));  // RFC 6946: one without more to come is whole
    if (random.chance(30)) result.push_back(options_header(kDestination));
  }
  return result;
}

static Bytes wire_v6(const Packet& packet, const WireOptions& options, const Bytes& payload,
                     property::Random& random) {
  std::vector<Extension> headers = extensions(packet, options, random);
  Bytes body;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    headers[i].bytes[0] = i + 1 < headers.size() ? headers[i + 1].number : packet.protocol.number;
    append(body, headers[i].bytes);
  }
  append(body, payload);
  Bytes bytes;
  put32(bytes, 0x60000000u | options.id);
  put16(bytes, body.size());
  bytes.push_back(headers.empty() ? packet.protocol.number : headers[0].number);
  bytes.push_back(64);
  put_address(bytes, packet.source);
  put_address(bytes, packet.destination);
  append(bytes, body);
  return bytes;
}

bool has_wire_form(const Packet& packet) {
  return packet.version == IpVersion::V4 || !is_extension(packet.protocol.number);
}

Bytes wire_form(const Packet& packet, const WireOptions& options, property::Random& random) {
  assert(has_wire_form(packet) && "an extension header is no protocol");
  const Bytes payload = transport(packet, options.bait, random);
  return packet.version == IpVersion::V4 ? wire_v4(packet, options, payload, random)
                                         : wire_v6(packet, options, payload, random);
}

// ---- pieces

static void write16(Bytes& bytes, std::size_t at, std::size_t value) {
  bytes[at] = static_cast<std::uint8_t>(value >> 8);
  bytes[at + 1] = static_cast<std::uint8_t>(value);
}

// The bytes of `payload` from `first` to before `last`, as a fragment behind the packet's header.
static Bytes fragment_v4(const Bytes& packet, std::size_t first, std::size_t last) {
  static constexpr std::size_t kHeader = 20;
  const std::size_t length = packet.size() - kHeader;
  Bytes bytes(packet.begin(), packet.begin() + kHeader);
  bytes.insert(bytes.end(), packet.begin() + static_cast<std::ptrdiff_t>(kHeader + first),
               packet.begin() + static_cast<std::ptrdiff_t>(kHeader + last));
  write16(bytes, 2, bytes.size());
  write16(bytes, 6, first / 8 | (last < length ? 0x2000 : 0));
  set_checksum(bytes, kHeader);
  return bytes;
}
static Bytes fragment_v6(const Bytes& packet, std::size_t first, std::size_t last) {
  static constexpr std::size_t kHeader = 40;
  const std::size_t length = packet.size() - kHeader;
  Bytes bytes(packet.begin(), packet.begin() + kHeader);
  Extension fragment = fragment_header(first / 8, last < length);
  fragment.bytes[0] = packet[6];
  write16(fragment.bytes, 6,
          static_cast<std::size_t>(packet[2]) << 8 | packet[3]);  // identification: the flow label's
  bytes[6] = kFragment;
  append(bytes, fragment.bytes);
  bytes.insert(bytes.end(), packet.begin() + static_cast<std::ptrdiff_t>(kHeader + first),
               packet.begin() + static_cast<std::ptrdiff_t>(kHeader + last));
  write16(bytes, 4, bytes.size() - kHeader);
  return bytes;
}

std::vector<Bytes> in_two_fragments(const Bytes& packet, property::Random& random) {
  const bool v4 = packet[0] >> 4 == 4;
  const std::size_t header = v4 ? 20 : 40;
  if (v4 ? packet[0] != 0x45 : is_extension(packet[6])) return {};
  const std::size_t length = packet.size() - header;
  const std::size_t least = v4 ? 8 : packet[6] == kTcp.number ? 24 : packet[6] == kSctp.number ? 16 : 8;
  if (length <= least) return {};
  const std::size_t cut = least + 8 * random.below((length - 1 - least) / 8 + 1);
  const auto fragment = v4 ? fragment_v4 : fragment_v6;
  std::vector<Bytes> pieces = {fragment(packet, 0, cut), fragment(packet, cut, length)};
  if (random.chance(50)) std::swap(pieces[0], pieces[1]);
  return pieces;
}

}  // namespace untrack::kernel
