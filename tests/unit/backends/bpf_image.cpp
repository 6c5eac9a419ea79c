#include "tests/unit/backends/bpf_image.h"

#include <algorithm>
#include <set>
#include <vector>

#include <fmt/format.h>

namespace untrack::test {

using ir::AddressBits;

static constexpr std::uint32_t kEnd = 0x80000000;
static constexpr std::size_t kHeader = 368;

static std::uint64_t number_in(std::string_view bytes, std::size_t at, std::size_t length) {
  std::uint64_t number = 0;
  for (std::size_t i = length; i-- > 0;) number = number << 8 | static_cast<std::uint8_t>(bytes.at(at + i));
  return number;
}

std::uint64_t BpfImage::number(std::size_t at, std::size_t length) const {
  return number_in(bytes_, at, length);
}

BpfImage BpfImage::in_object(std::string_view object) {
  const std::size_t headers = number_in(object, 40, 8), size = number_in(object, 58, 2),
                    count = number_in(object, 60, 2), names = number_in(object, 62, 2);
  const std::size_t text = number_in(object, headers + names * size + 24, 8);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t header = headers + i * size;
    const std::string_view name(object.data() + text + number_in(object, header, 4));
    if (name == ".rodata")
      return BpfImage(object.substr(number_in(object, header + 24, 8), number_in(object, header + 32, 8)));
  }
  return BpfImage("");
}

static int class_of(const ir::Packet& packet) {
  if (packet.icmp_type) return 4;
  if (!packet.source_port) return 0;
  return packet.protocol == ir::kTcp ? 1 : packet.protocol == ir::kUdp ? 2 : 3;
}

static AddressBits key_of(const ir::Packet& packet, std::uint64_t field) {
  switch (field) {
    case 0: return packet.source.bits();
    case 1: return packet.destination.bits();
    case 2: return packet.source_port.value();
    case 3: return packet.destination_port.value();
    case 4: return AddressBits{packet.icmp_type.value()} * 256 + packet.icmp_code.value();
    default: return packet.protocol.number;
  }
}

std::uint32_t BpfImage::follow(std::uint32_t node, const ir::Packet& packet) const {
  const std::uint64_t kind = number(node, 1), count = number(node + 4, 4);
  const AddressBits key = key_of(packet, number(node + 1, 1));
  if (kind == 1) {
    const auto place =
        static_cast<std::size_t>(key >> number(node + 2, 1)) & ((1u << number(node + 3, 1)) - 1);
    return static_cast<std::uint32_t>(number(node + 8 + 4 * place, 4));
  }
  const std::size_t width = kind == 2 ? 4 : 16;
  std::size_t place = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = node + 8 + i * width;
    const AddressBits first =
        kind == 2 ? AddressBits{number(at, 4)} : AddressBits{number(at, 8)} << 64 | number(at + 8, 8);
    if (first <= key) place = i;
  }
  return static_cast<std::uint32_t>(number(node + 8 + count * width + 4 * place, 4));
}

ir::Verdict BpfImage::verdict(ir::Direction direction, const ir::Packet& packet) const {
  for (std::size_t stage = 0; stage < 4; ++stage) {
    const std::size_t root = static_cast<std::size_t>(direction) * 40 +
                             (packet.version == ir::IpVersion::V6) * 20u + stage * 5 +
                             static_cast<std::size_t>(class_of(packet));
    auto reference = static_cast<std::uint32_t>(number(48 + 4 * root, 4));
    while ((reference & kEnd) == 0) reference = follow(reference, packet);
    if (reference == kEnd + 1) return ir::Verdict::Untrack;
    if (reference == kEnd + 2) return ir::Verdict::Drop;
    if (reference == kEnd + 3) return ir::Verdict::Track;
  }
  return ir::Verdict::Track;
}

std::string BpfImage::broken() const {
  if (bytes_.substr(0, 8) != "UNTRKBPF" || number(8, 4) != 1) return "no image";
  if (number(12, 4) != bytes_.size() || bytes_.size() % 8 != 0) return "the size is wrong";
  std::vector<std::uint64_t> referred;
  for (std::size_t i = 0; i < 80; ++i) referred.push_back(number(48 + 4 * i, 4));
  std::set<std::uint64_t> nodes;
  std::uint64_t at = kHeader;
  while (at < bytes_.size()) {
    nodes.insert(at);
    const std::uint64_t kind = number(at, 1), field = number(at + 1, 1), shift = number(at + 2, 1),
                        bits = number(at + 3, 1), count = number(at + 4, 4);
    if (kind < 1 || kind > 3 || field > 5) return fmt::format("node {}: kind or field", at);
    if (kind == 1 ? bits < 1 || bits > 16 || count != 1u << bits || shift + bits > 32
                  : bits != 0 || shift != 0 || count < 2)
      return fmt::format("node {}: shift, bits or count", at);
    const std::uint64_t width = kind == 1 ? 0 : kind == 2 ? 4 : 16;
    AddressBits last = 0;
    for (std::uint64_t i = 0; i < count && width != 0; ++i) {
      const std::uint64_t key = at + 8 + i * width;
      const AddressBits first =
          kind == 2 ? AddressBits{number(key, 4)} : AddressBits{number(key, 8)} << 64 | number(key + 8, 8);
      if (i == 0 ? first != 0 : first <= last) return fmt::format("node {}: keys do not ascend from 0", at);
      last = first;
    }
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t reference = number(at + 8 + count * width + 4 * i, 4);
      if ((reference & kEnd) == 0 && reference >= at) return fmt::format("node {}: refers upwards", at);
      referred.push_back(reference);
    }
    const std::uint64_t end = at + 8 + count * (width + 4);
    at = (end + 7) / 8 * 8;
    for (std::uint64_t i = end; i < at; ++i) {
      if (number(i, 1) != 0) return fmt::format("byte {} is not 0", i);
    }
  }
  if (at != bytes_.size() || nodes.size() != number(20, 4)) return "the nodes do not fill the image";
  for (const std::uint64_t reference : referred) {
    if ((reference & kEnd) != 0 ? reference > kEnd + 3 : !nodes.contains(reference))
      return fmt::format("{:#x} is no reference", reference);
  }
  for (const std::uint64_t node : nodes) {
    if (std::ranges::find(referred, node) == referred.end())
      return fmt::format("node {} is not reachable", node);
  }
  return "";
}

}  // namespace untrack::test
