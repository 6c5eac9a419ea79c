#include "tests/unit/backends/bpf_image.h"

#include <algorithm>
#include <bit>
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

static std::size_t round_up(std::size_t bytes) {
  return (bytes + 7) / 8 * 8;
}

namespace {
// Where the parts of a node stand.
struct Parts {
  std::uint64_t kind, field, alternate, bits, count;
  std::size_t references, starts, firsts, end;  // of a rank node: its words at `starts`
};
}  // namespace

static Parts parts_at(const BpfImage& image, std::size_t node) {
  Parts parts{.kind = image.number(node, 1),
              .field = image.number(node + 1, 1),
              .alternate = image.number(node + 2, 1),
              .bits = image.number(node + 3, 1),
              .count = image.number(node + 4, 4),
              .references = node + 8};
  parts.starts = round_up(parts.references + 4 * (parts.alternate == 1 ? 2 : parts.count));
  parts.firsts = parts.starts + (parts.kind == 3 ? 4 * ((std::size_t{1} << parts.bits) + 1) : 0);
  const std::size_t keys = parts.count - 1;
  parts.end = parts.kind == 4 ? parts.starts + std::size_t{8} * 2048
                              : round_up(parts.firsts + keys * (parts.kind == 2 ? 16 : 4));
  return parts;
}

static AddressBits first_key(const BpfImage& image, const Parts& parts, std::size_t i) {
  if (parts.kind == 2)
    return AddressBits{image.number(parts.firsts + 16 * i, 8)} << 64 |
           image.number(parts.firsts + 16 * i + 8, 8);
  return image.number(parts.firsts + 4 * i, 4);
}

static std::uint64_t interval(const BpfImage& image, const Parts& parts, AddressBits key) {
  if (parts.kind == 4) {
    const std::size_t word = parts.starts + 8 * static_cast<std::size_t>(key / 32);
    const std::uint64_t up_to_key =
        image.number(word, 4) & ((std::uint64_t{2} << static_cast<int>(key % 32)) - 1);
    return image.number(word + 4, 4) + static_cast<std::uint64_t>(std::popcount(up_to_key));
  }
  std::size_t from = 0, to = parts.count - 1;
  if (parts.kind == 3) {
    const std::size_t place =
        parts.starts + 4 * static_cast<std::size_t>(key >> ((parts.field < 2 ? 32 : 16) - parts.bits));
    from = image.number(place, 4), to = image.number(place + 4, 4);
  }
  while (from < to && first_key(image, parts, from) <= key) ++from;
  return from;
}

std::uint32_t BpfImage::follow(std::uint32_t node, const ir::Packet& packet) const {
  const Parts parts = parts_at(*this, node);
  const std::uint64_t number_of_it = interval(*this, parts, key_of(packet, parts.field));
  return static_cast<std::uint32_t>(
      number(parts.references + 4 * (parts.alternate == 1 ? number_of_it % 2 : number_of_it), 4));
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

// Of the table by which a node finds an interval.
static std::string broken_table(const BpfImage& image, const Parts& parts) {
  if (parts.kind == 4) {
    std::uint64_t set = 0;
    for (std::size_t word = parts.starts; word < parts.end; word += 8) {
      if (image.number(word + 4, 4) != set) return "a count of bits";
      set += static_cast<std::uint64_t>(std::popcount(image.number(word, 4)));
    }
    return set == parts.count - 1 && image.number(parts.starts, 1) % 2 == 0 ? "" : "bits";
  }
  AddressBits last = 0;
  for (std::uint64_t i = 0; i + 1 < parts.count; ++i) {
    const AddressBits first = first_key(image, parts, i);
    if (first <= last) return "keys do not ascend";
    last = first;
  }
  if (parts.kind != 3) return "";
  const std::uint64_t below = (parts.field < 2 ? 32 : 16) - parts.bits;
  for (std::uint64_t place = 0, start = 0; place <= std::uint64_t{1} << parts.bits; ++place) {
    while (start + 1 < parts.count && first_key(image, parts, start) >> below < place) ++start;
    if (image.number(parts.starts + 4 * place, 4) != start) return "a start";
  }
  return "";
}

std::string BpfImage::broken() const {
  if (bytes_.substr(0, 8) != "UNTRKBPF" || number(8, 4) != 2) return "no image";
  if (number(12, 4) != bytes_.size() || bytes_.size() % 8 != 0) return "the size is wrong";
  std::vector<std::uint64_t> referred;
  for (std::size_t i = 0; i < 80; ++i) referred.push_back(number(48 + 4 * i, 4));
  std::set<std::uint64_t> nodes;
  std::uint64_t at = kHeader;
  while (at < bytes_.size()) {
    nodes.insert(at);
    const Parts parts = parts_at(*this, at);
    if (parts.kind < 1 || parts.kind > 4 || parts.field > 5 || parts.alternate > 1 ||
        parts.count < 2 + parts.alternate || (parts.kind == 3) != (parts.bits != 0) || parts.bits > 16)
      return fmt::format("node {}: header", at);
    if (const std::string table = broken_table(*this, parts); !table.empty())
      return fmt::format("node {}: {}", at, table);
    std::uint64_t before = 0;
    for (std::uint64_t i = 0; i < (parts.alternate == 1 ? 2 : parts.count); ++i) {
      const std::uint64_t reference = number(parts.references + 4 * i, 4);
      if ((reference & kEnd) == 0 && reference >= at) return fmt::format("node {}: refers upwards", at);
      if (reference == before) return fmt::format("node {}: equal neighbours", at);
      before = reference;
      referred.push_back(reference);
    }
    at = parts.end;
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
