#include "bpf_images.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

namespace untrack::verify {

template <class Integer>
static void put(std::string& bytes, std::size_t offset, Integer value) {
  if (bytes.size() < offset + sizeof value) bytes.resize(offset + sizeof value, '\0');
  for (std::size_t i = 0; i < sizeof value; ++i) bytes[offset + i] = static_cast<char>(value >> 8 * i);
}
void put16(std::string& bytes, std::size_t offset, std::uint16_t value) {
  put(bytes, offset, value);
}
void put32(std::string& bytes, std::size_t offset, std::uint32_t value) {
  put(bytes, offset, value);
}
void put64(std::string& bytes, std::size_t offset, std::uint64_t value) {
  put(bytes, offset, value);
}

template <class Integer>
static Integer get(std::string_view bytes, std::size_t offset) {
  Integer value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i)
    value = static_cast<Integer>(value | static_cast<Integer>(static_cast<unsigned char>(bytes[offset + i]))
                                             << 8 * i);
  return value;
}
std::uint32_t get32(std::string_view bytes, std::size_t offset) {
  return get<std::uint32_t>(bytes, offset);
}

// ---- images

std::size_t root_offset(int direction, int version, int stage, int packet_class) {
  return 48 + 4 * static_cast<std::size_t>(((direction * 2 + version) * 4 + stage) * 5 + packet_class);
}

ImageWriter::ImageWriter(std::string_view interface_name) : bytes_(368, '\0') {
  bytes_.replace(0, 8, "UNTRKBPF");
  put32(bytes_, 8, 2);
  put32(bytes_, 16, 0x10000);
  bytes_.replace(32, interface_name.size(), interface_name);
  for (std::size_t at = 48; at < 368; at += 4) put32(bytes_, at, kNext);
}

template <class List>
std::uint32_t ImageWriter::begin(int kind, std::uint8_t field, int bits, const List& entries,
                                 References references) {
  const auto offset = static_cast<std::uint32_t>(bytes_.size());
  const bool alternate = references == References::Alternating;
  bytes_ += {static_cast<char>(kind), static_cast<char>(field), static_cast<char>(alternate),
             static_cast<char>(bits)};
  put32(bytes_, offset + 4, static_cast<std::uint32_t>(entries.size()));
  for (std::size_t i = 0; i < (alternate ? 2 : entries.size()); ++i)
    put32(bytes_, bytes_.size(), entries[i].second);
  pad();
  ++nodes_;
  return offset;
}
void ImageWriter::pad() {
  bytes_.resize((bytes_.size() + 7) / 8 * 8, '\0');
}
void ImageWriter::first_keys(const Entries& entries) {
  for (std::size_t i = 1; i < entries.size(); ++i) put32(bytes_, bytes_.size(), entries[i].first);
  pad();
}

std::uint32_t ImageWriter::search(std::uint8_t field, const Entries& entries, References references) {
  const std::uint32_t offset = begin(1, field, 0, entries, references);
  first_keys(entries);
  return offset;
}

std::uint32_t ImageWriter::wide(std::uint8_t field,
                                const std::vector<std::pair<Number, std::uint32_t>>& entries,
                                References references) {
  const std::uint32_t offset = begin(2, field, 0, entries, references);
  for (std::size_t i = 1; i < entries.size(); ++i) {
    put64(bytes_, bytes_.size(), static_cast<std::uint64_t>(entries[i].first >> 64));
    put64(bytes_, bytes_.size(), static_cast<std::uint64_t>(entries[i].first));
  }
  return offset;
}

std::uint32_t ImageWriter::directory(std::uint8_t field, int bits, const Entries& entries,
                                     References references) {
  const std::uint32_t offset = begin(3, field, bits, entries, references);
  const int key_bits = field <= kDestination ? 32 : 16;
  for (std::uint64_t place = 0; place <= std::uint64_t{1} << bits; ++place) {
    const std::uint64_t key = place << (key_bits - bits);
    const auto from = std::ranges::lower_bound(entries.begin() + 1, entries.end(), key, {},
                                               [](const auto& entry) { return std::uint64_t{entry.first}; });
    put32(bytes_, bytes_.size(), static_cast<std::uint32_t>(from - entries.begin() - 1));
  }
  first_keys(entries);
  return offset;
}

std::uint32_t ImageWriter::rank(std::uint8_t field, const Entries& entries, References references) {
  const std::uint32_t offset = begin(4, field, 0, entries, references);
  std::vector<std::uint32_t> set(2048);
  for (std::size_t i = 1; i < entries.size(); ++i) set[entries[i].first / 32] |= 1u << entries[i].first % 32;
  std::uint32_t before = 0;
  for (const std::uint32_t word : set) {
    put32(bytes_, bytes_.size(), word);
    put32(bytes_, bytes_.size(), before);
    for (int bit = 0; bit < 32; ++bit) before += word >> bit & 1;
  }
  return offset;
}

void ImageWriter::root(int direction, int version, int stage, int packet_class, std::uint32_t reference) {
  put32(bytes_, root_offset(direction, version, stage, packet_class), reference);
  if (reference != kNext) put32(bytes_, 24 + 4 * static_cast<std::size_t>(direction), 1);
}

void ImageWriter::roots(int direction, std::uint32_t reference) {
  for (const int version : {kV4, kV6}) {
    for (int packet_class = 0; packet_class < 5; ++packet_class)
      root(direction, version, 0, packet_class, reference);
  }
}

std::string ImageWriter::image() const {
  std::string bytes = bytes_;
  put32(bytes, 12, static_cast<std::uint32_t>(bytes.size()));
  put32(bytes, 20, nodes_);
  return bytes;
}

// ---- objects

namespace {
struct SectionText {
  std::string name;
  std::uint32_t type;
  std::uint64_t flags;
  std::string bytes;
  std::uint32_t link = 0, info = 0;
  std::uint64_t entry = 0;
};
}  // namespace

static std::string symbol(std::uint32_t name, int binding, int type, int section, std::uint64_t size) {
  std::string bytes;
  put32(bytes, 0, name);
  bytes += {static_cast<char>(binding << 4 | type), '\0'};
  put16(bytes, 6, static_cast<std::uint16_t>(section));
  put64(bytes, 8, 0);
  put64(bytes, 16, size);
  return bytes;
}

std::string object_around(std::string_view image, std::string_view tc) {
  using namespace std::string_literals;
  const std::string names = "\0untrack_tc\0untrack_image\0"s;
  std::string relocation;
  put64(relocation, 0, 0);
  put64(relocation, 8, std::uint64_t{2} << 32 | 1);
  std::vector<SectionText> sections = {
      {"", 0, 0, ""},
      {"tc", 1, 6, std::string(tc)},
      {".rodata", 1, 2, std::string(image)},
      {"license", 1, 3, "GPL\0"s},
      {".symtab", 2, 0,
       symbol(0, 0, 0, 0, 0) + symbol(1, 1, 2, 1, tc.size()) + symbol(12, 1, 1, 2, image.size()), 5, 1, 24},
      {".strtab", 3, 0, names},
      {".reltc", 9, 0, relocation, 4, 1, 16},
      {".shstrtab", 3, 0, ""},
  };
  std::string& section_names = sections.back().bytes;
  std::vector<std::uint32_t> name_offsets;
  for (const SectionText& section : sections) {
    name_offsets.push_back(static_cast<std::uint32_t>(section_names.size()));
    section_names += section.name + '\0';
  }
  std::string bytes(
      "\x7f"
      "ELF\x02\x01\x01",
      7);
  bytes.resize(64, '\0');
  std::string headers;
  for (std::size_t i = 0; i < sections.size(); ++i) {
    const SectionText& section = sections[i];
    bytes.resize((bytes.size() + 7) / 8 * 8, '\0');
    const std::size_t at = 64 * i;
    put32(headers, at, name_offsets[i]);
    put32(headers, at + 4, section.type);
    put64(headers, at + 8, section.flags);
    put64(headers, at + 24, bytes.size());
    put64(headers, at + 32, section.bytes.size());
    put32(headers, at + 40, section.link);
    put32(headers, at + 44, section.info);
    put64(headers, at + 56, section.entry);
    bytes += section.bytes;
  }
  bytes.resize((bytes.size() + 7) / 8 * 8, '\0');
  put16(bytes, 16, 1);
  put16(bytes, 18, 247);
  put32(bytes, 20, 1);
  put64(bytes, 40, bytes.size());
  put16(bytes, 52, 64);
  put16(bytes, 58, 64);
  put16(bytes, 60, static_cast<std::uint16_t>(sections.size()));
  put16(bytes, 62, static_cast<std::uint16_t>(sections.size() - 1));
  return bytes + headers;
}

// ---- the lookup

namespace {
struct Parsed {
  int version, packet_class;
  std::array<Number, 6> keys{};
};
}  // namespace

static Parsed parse(const ir::Packet& packet) {
  Parsed parsed{packet.version == ir::IpVersion::V4 ? kV4 : kV6, kBare, {}};
  parsed.keys[kSource] = packet.source.bits();
  parsed.keys[kDestination] = packet.destination.bits();
  parsed.keys[kProtocol] = packet.protocol.number;
  if (packet.transport != ir::Transport::Readable) return parsed;
  if (packet.source_port) {
    parsed.packet_class = packet.protocol.number == 6    ? kTcpClass
                          : packet.protocol.number == 17 ? kUdpClass
                                                         : kSctpClass;
    parsed.keys[kSourcePort] = *packet.source_port;
    parsed.keys[kDestinationPort] = *packet.destination_port;
  }
  if (packet.icmp_type) {
    parsed.packet_class = kIcmpClass;
    parsed.keys[kIcmpField] = *packet.icmp_type * 256u + *packet.icmp_code;
  }
  return parsed;
}

// How many first keys, from `number` on up to `end`, are not above the key; and `number`.
template <class Key>
static std::uint32_t searched(std::string_view image, std::size_t table, std::uint32_t number,
                              std::uint32_t end, Number key) {
  const auto first = [&](std::size_t at) -> Number {
    if constexpr (sizeof(Key) == 4) return get32(image, at);
    return Number{get<std::uint64_t>(image, at)} << 64 | get<std::uint64_t>(image, at + 8);
  };
  while (number < end && first(table + sizeof(Key) * number) <= key) ++number;
  return number;
}

static std::uint32_t interval(std::string_view image, std::uint32_t node, std::size_t table, Number key) {
  const std::uint32_t keys = get32(image, node + 4) - 1;
  switch (image[node]) {
    case 1: return searched<std::uint32_t>(image, table, 0, keys, key);
    case 2: return searched<Number>(image, table, 0, keys, key);
    case 3: {
      const int bits = image[node + 3], key_bits = image[node + 1] <= kDestination ? 32 : 16;
      const auto place = static_cast<std::size_t>(key >> (key_bits - bits));
      return searched<std::uint32_t>(image, table + 4 * ((std::size_t{1} << bits) + 1),
                                     get32(image, table + 4 * place), get32(image, table + 4 * place + 4),
                                     key);
    }
    default: break;
  }
  const std::size_t word = table + 8 * static_cast<std::size_t>(key / 32);
  std::uint32_t number = get32(image, word + 4);
  for (Number bit = 0; bit <= key % 32; ++bit) number += get32(image, word) >> static_cast<int>(bit) & 1;
  return number;
}

static std::uint32_t follow(std::string_view image, std::uint32_t node, const Parsed& packet) {
  const bool alternate = image[node + 2] == 1;
  const std::uint32_t references = alternate ? 2 : get32(image, node + 4);
  const std::size_t table = node + 8 + (std::size_t{references} * 4 + 7) / 8 * 8;
  const std::uint32_t number =
      interval(image, node, table, packet.keys[static_cast<unsigned char>(image[node + 1])]);
  return get32(image, node + 8 + 4 * (alternate ? number % 2 : number));
}

Lookup look_up(std::string_view image, ir::Direction direction, const ir::Packet& packet) {
  const Parsed parsed = parse(packet);
  const int hook = direction == ir::Direction::Ingress ? kIngress : kEgress;
  for (int stage = 0; stage < 4; ++stage) {
    std::uint32_t reference = get32(image, root_offset(hook, parsed.version, stage, parsed.packet_class));
    while ((reference & 0x80000000) == 0) reference = follow(image, reference, parsed);
    if (reference == kUntrack) return Lookup::Untrack;
    if (reference == kDrop) return Lookup::Drop;
    if (reference == kTrack) return Lookup::Track;
  }
  return Lookup::Track;
}

// ---- dumps

std::string map_dump(std::string_view image) {
  std::string text = R"([{"key":["0x00","0x00","0x00","0x00"],"value":[)";
  for (std::size_t i = 0; i < image.size(); ++i)
    text += fmt::format("{}\"{:#04x}\"", i == 0 ? "" : ",", static_cast<unsigned char>(image[i]));
  return text + "]}]\n";
}

}  // namespace untrack::verify
