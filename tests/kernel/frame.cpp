#include "tests/kernel/frame.h"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace untrack::kernel {

using namespace ir;

namespace {

class Reader {
 public:
  explicit Reader(const Bytes& bytes) : bytes_(bytes) {}
  bool has(std::size_t at, std::size_t count) const { return at + count <= bytes_.size(); }
  AddressBits number(std::size_t at, std::size_t count) const {
    AddressBits number = 0;
    for (std::size_t i = 0; i < count; ++i) number = number << 8 | bytes_[at + i];
    return number;
  }

 private:
  const Bytes& bytes_;
};

constexpr std::size_t kNoEnd = std::numeric_limits<std::size_t>::max();

std::size_t fixed_part(IpVersion version, Protocol protocol) {
  if (protocol == kTcp) return 20;
  if (protocol == kSctp) return 12;
  if (protocol == kUdp || has_icmp(version, protocol)) return 8;
  return 0;
}

// The header at `at`, of a packet that ends at `end`.
void read_transport(const Reader& frame, std::size_t at, std::size_t end, Packet& packet) {
  const std::size_t length = fixed_part(packet.version, packet.protocol);
  if (length == 0) return;
  if (at + length > end || !frame.has(at, length)) {
    packet.transport = Transport::CutOff;
  } else if (has_ports(packet.protocol)) {
    packet.source_port = static_cast<Port>(frame.number(at, 2));
    packet.destination_port = static_cast<Port>(frame.number(at + 2, 2));
  } else {
    packet.icmp_type = static_cast<std::uint8_t>(frame.number(at, 1));
    packet.icmp_code = static_cast<std::uint8_t>(frame.number(at + 1, 1));
  }
}

std::optional<Packet> read_v4(const Reader& frame, std::size_t at) {
  if (!frame.has(at, 20)) return std::nullopt;
  const auto field = [&](std::size_t offset, std::size_t count) {
    return static_cast<std::size_t>(frame.number(at + offset, count));
  };
  const std::size_t version = field(0, 1) / 16, header = field(0, 1) % 16 * 4, total = field(2, 2);
  if (version != 4 || header < 20 || (total != 0 && total < header)) return std::nullopt;
  Packet packet;
  packet.version = IpVersion::V4;
  packet.protocol = Protocol{static_cast<std::uint8_t>(field(9, 1))};
  packet.source = Address(IpVersion::V4, field(12, 4));
  packet.destination = Address(IpVersion::V4, field(16, 4));
  if (field(6, 2) % 0x2000 != 0) {
    packet.transport = Transport::LaterFragment;
  } else {
    read_transport(frame, at + header, total == 0 ? kNoEnd : at + total, packet);
  }
  return packet;
}

std::optional<Packet> read_v6(const Reader& frame, std::size_t at) {
  if (!frame.has(at, 40) || frame.number(at, 1) / 16 != 6) return std::nullopt;
  Packet packet;
  packet.version = IpVersion::V6;
  packet.source = Address(IpVersion::V6, frame.number(at + 8, 16));
  packet.destination = Address(IpVersion::V6, frame.number(at + 24, 16));
  const auto length = static_cast<std::size_t>(frame.number(at + 4, 2));
  auto next = static_cast<std::uint8_t>(frame.number(at + 6, 1));
  const std::size_t end = length == 0 && next == 0 ? kNoEnd : at + 40 + length;
  at += 40;
  const auto is_extension = [](std::uint8_t number) {
    return number == 0 || number == 43 || number == 44 || number == 51 || number == 60;
  };
  int headers = 0;
  for (; headers < 192 && is_extension(next); ++headers) {
    if (!frame.has(at, next == 44 ? 8 : 2)) return std::nullopt;
    const auto second = static_cast<std::size_t>(frame.number(at + 1, 1));
    const std::size_t size = next == 44 ? 8 : next == 51 ? (second + 2) * 4 : (second + 1) * 8;
    if (end != kNoEnd && at + size > end) return std::nullopt;
    const bool later = next == 44 && frame.number(at + 2, 2) / 8 != 0;
    next = static_cast<std::uint8_t>(frame.number(at, 1));
    at += size;
    if (!later) continue;
    packet.protocol = Protocol{next};
    packet.transport = Transport::LaterFragment;
    return packet;
  }
  packet.protocol = Protocol{next};
  if (headers == 192) {  // bare, whatever it is
    if (has_header(packet.version, packet.protocol)) packet.transport = Transport::CutOff;
    return packet;
  }
  read_transport(frame, at, end, packet);
  return packet;
}

}  // namespace

std::optional<Packet> classified(const Bytes& frame) {
  const Reader reader(frame);
  std::size_t at = 12;
  for (int tags = 0; reader.has(at, 2); ++tags) {
    const auto type = static_cast<std::uint32_t>(reader.number(at, 2));
    if (type == 0x0800) return read_v4(reader, at + 2);
    if (type == 0x86dd) return read_v6(reader, at + 2);
    if ((type != 0x8100 && type != 0x88a8) || tags == 2 || !reader.has(at + 2, 4)) return std::nullopt;
    if (reader.number(at + 2, 2) % 0x1000 != 0) return std::nullopt;
    at += 4;
  }
  return std::nullopt;
}

}  // namespace untrack::kernel
