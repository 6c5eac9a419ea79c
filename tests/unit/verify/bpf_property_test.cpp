// Images at random against the page's lookup, one packet at a time.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <random>
#include <set>

#include <fmt/format.h>

#include "bpf_images.h"
#include "verify/bpf/decisions.h"
#include "verify/bpf/image.h"
#include "verify/refuse.h"

namespace untrack::verify {

namespace {

using Random = std::mt19937;

// What a node tests with all that is below it, so that nodes are put together only as the page allows.
enum Test : unsigned {
  kSourceV4 = 1,
  kDestinationV4 = 2,
  kSourceV6 = 4,
  kDestinationV6 = 8,
  kSPort = 16,
  kDPort = 32,
  kIcmpTest = 64,
  kProtocolTest = 128
};

struct Draft {
  std::uint8_t field = 0;
  unsigned test = 0;       // of this node
  unsigned below = 0;      // of it and all below
  int kind = 1, bits = 0;  // of a key
  bool alternates = false;
  std::vector<Number> keys;             // the first of each interval
  std::vector<std::uint32_t> children;  // ends, or numbers of drafts
};

struct FieldShape {
  std::uint8_t field;
  unsigned test;
  int bits;
};
constexpr FieldShape kFieldShapes[] = {
    {kSource, kSourceV4, 32},    {kDestination, kDestinationV4, 32},
    {kSource, kSourceV6, 128},   {kDestination, kDestinationV6, 128},
    {kSourcePort, kSPort, 16},   {kDestinationPort, kDPort, 16},
    {kIcmpField, kIcmpTest, 16}, {kProtocol, kProtocolTest, 8},
};
constexpr unsigned kOfV4 = kSourceV4 | kDestinationV4, kOfV6 = kSourceV6 | kDestinationV6,
                   kPorts = kSPort | kDPort;

bool fits(unsigned tests, int version, int packet_class) {
  const unsigned addresses = version == kV4 ? kOfV4 : kOfV6;
  const unsigned others = packet_class == kBare        ? kProtocolTest
                          : packet_class == kIcmpClass ? kIcmpTest
                                                       : kPorts;
  return (tests & ~(addresses | others)) == 0;
}
// Whether packets of some class may come to a node with these tests.
bool can_be_used(unsigned tests) {
  for (const int version : {kV4, kV6}) {
    for (int packet_class = 0; packet_class < 5; ++packet_class) {
      if (fits(tests, version, packet_class)) return true;
    }
  }
  return false;
}

class Maker {
 public:
  explicit Maker(unsigned seed) : random_(seed) {}

  std::string image() {
    const std::size_t count = 1 + random_() % 24;
    for (std::size_t i = 0; i < count; ++i) drafts_.push_back(draft());
    for (const int direction : {kIngress, kEgress}) {
      if (random_() % 4 == 0) continue;
      for (const int version : {kV4, kV6}) {
        for (int stage = 0; stage < 4; ++stage) {
          for (int packet_class = 0; packet_class < 5; ++packet_class) {
            const std::uint32_t child =
                pick([&](const Draft& d) { return fits(d.below, version, packet_class); });
            writer_.root(direction, version, stage, packet_class, written(child));
          }
        }
      }
    }
    return writer_.image();
  }

  // A number that some node draws a line at, or is beside one.
  Number number(int bits) {
    const Number most = max_number(bits);
    Number drawn =
        numbers_.empty() || random_() % 4 == 0 ? random_number(bits) : numbers_[random_() % numbers_.size()];
    drawn += static_cast<Number>(static_cast<int>(random_() % 3) - 1);
    return drawn & most;
  }
  unsigned next() { return static_cast<unsigned>(random_()); }

 private:
  Number random_number(int bits) {
    Number number = 0;
    for (int i = 0; i < 4; ++i) number = number << 32 | random_();
    if (random_() % 2 == 0) number >>= random_() % static_cast<unsigned>(bits);
    return number & max_number(bits);
  }

  Draft draft() {
    const FieldShape& shape = kFieldShapes[random_() % std::size(kFieldShapes)];
    Draft draft{.field = shape.field, .test = shape.test, .below = shape.test, .bits = shape.bits};
    draft.kind = shape.bits == 128  ? 2
                 : shape.bits == 8  ? 1
                 : shape.bits == 32 ? 1 + 2 * static_cast<int>(random_() % 2)
                                    : std::array{1, 3, 4}[random_() % 3];
    std::set<Number> keys{0};
    const std::size_t wanted = 2 + random_() % 5;
    while (keys.size() < wanted)
      keys.insert(random_() % 3 == 0 ? number(shape.bits) : random_number(shape.bits));
    draft.keys.assign(keys.begin(), keys.end());
    numbers_.insert(numbers_.end(), keys.begin(), keys.end());
    draft.alternates = wanted > 2 && random_() % 2 == 0;
    for (std::size_t i = 0; i < wanted; ++i) {
      if (draft.alternates && i >= 2) {
        draft.children.push_back(draft.children[i % 2]);
      } else {
        add_child(draft);
      }
    }
    return draft;
  }

  // Not the one before.
  void add_child(Draft& draft) {
    std::uint32_t child = 0;
    do {
      child = pick([&](const Draft& below) {
        return (below.below & draft.test) == 0 && can_be_used(below.below | draft.below);
      });
    } while (!draft.children.empty() && draft.children.back() == child);
    draft.children.push_back(child);
    if ((child & kNext) == 0) draft.below |= drafts_[child].below;
  }

  template <class Fits>
  std::uint32_t pick(const Fits& allowed) {
    if (!drafts_.empty() && random_() % 3 != 0) {
      for (int attempt = 0; attempt < 8; ++attempt) {
        const auto child = static_cast<std::uint32_t>(random_() % drafts_.size());
        if (allowed(drafts_[child])) return child;
      }
    }
    return kNext | random_() % 4;
  }

  // Only what is reached is written, children first.
  std::uint32_t written(std::uint32_t child) {
    if ((child & kNext) != 0) return child;
    if (const auto known = offsets_.find(child); known != offsets_.end()) return known->second;
    const Draft& draft = drafts_[child];
    std::vector<std::pair<Number, std::uint32_t>> wide;
    ImageWriter::Entries entries;
    for (std::size_t i = 0; i < draft.children.size(); ++i) {
      wide.emplace_back(draft.keys[i], written(draft.children[i]));
      entries.emplace_back(static_cast<std::uint32_t>(draft.keys[i]), wide.back().second);
    }
    using enum ImageWriter::References;
    const ImageWriter::References references = draft.alternates ? Alternating : Each;
    const int directory_bits = 1 + static_cast<int>(random_() % 8);
    std::uint32_t offset = 0;
    switch (draft.kind) {
      case 1: offset = writer_.search(draft.field, entries, references); break;
      case 2: offset = writer_.wide(draft.field, wide, references); break;
      case 3: offset = writer_.directory(draft.field, directory_bits, entries, references); break;
      default: offset = writer_.rank(draft.field, entries, references); break;
    }
    offsets_.emplace(child, offset);
    return offset;
  }

  Random random_;
  std::vector<Draft> drafts_;
  std::vector<Number> numbers_;
  std::map<std::uint32_t, std::uint32_t> offsets_;
  ImageWriter writer_;
};

ir::Packet random_packet(Maker& maker) {
  static constexpr std::uint8_t kProtocols[] = {6, 17, 132, 1, 58};
  ir::Packet packet;
  packet.version = maker.next() % 2 == 0 ? ir::IpVersion::V4 : ir::IpVersion::V6;
  const int bits = ir::address_bits(packet.version);
  packet.source = ir::Address(packet.version, maker.number(bits));
  packet.destination = ir::Address(packet.version, maker.number(bits));
  packet.protocol.number =
      maker.next() % 4 == 0 ? static_cast<std::uint8_t>(maker.number(8)) : kProtocols[maker.next() % 5];
  const bool has_header = ir::has_header(packet.version, packet.protocol);
  switch (maker.next() % 6) {
    case 0: packet.transport = ir::Transport::LaterFragment; return packet;
    case 1:
      if (has_header) packet.transport = ir::Transport::CutOff;
      break;
    default: break;
  }
  if (packet.transport != ir::Transport::Readable) return packet;
  if (ir::has_ports(packet.protocol)) {
    packet.source_port = static_cast<ir::Port>(maker.number(16));
    packet.destination_port = static_cast<ir::Port>(maker.number(16));
  } else if (ir::has_icmp(packet.version, packet.protocol)) {
    const Number message = maker.number(16);
    packet.icmp_type = static_cast<std::uint8_t>(message >> 8);
    packet.icmp_code = static_cast<std::uint8_t>(message & 0xff);
  }
  return packet;
}

Lookup as_lookup(ir::Leaf leaf) {
  switch (static_cast<bpf::Decision>(leaf)) {
    case bpf::Decision::Untrack: return Lookup::Untrack;
    case bpf::Decision::Drop: return Lookup::Drop;
    case bpf::Decision::Next:
    case bpf::Decision::Track: break;
  }
  return Lookup::Track;
}

std::optional<bpf::Image> parsed(const std::string& bytes) {
  try {
    return bpf::parse_image(bytes);
  } catch (const Refused&) {
    return std::nullopt;
  }
}

// The number of packets compared; 0 where they differ.
std::size_t check_packets(const std::string& bytes, const bpf::Image& image, Maker& maker, std::size_t count,
                          std::map<Lookup, std::size_t>* met = nullptr) {
  for (const ir::Direction direction : ir::kDirections) {
    ir::PacketSpace space;
    const ir::PacketMap map = bpf::decisions(image, space, direction);
    REQUIRE_FALSE(space.exhausted());
    for (std::size_t i = 0; i < count; ++i) {
      const ir::Packet packet = random_packet(maker);
      const Lookup expected = look_up(bytes, direction, packet);
      if (met != nullptr) ++(*met)[expected];
      if (as_lookup(space.at(map, packet, direction)) == expected) continue;
      FAIL_CHECK("differs on " << ir::to_string(packet) << ", " << ir::to_string(direction));
      return 0;
    }
  }
  return 2 * count;
}

}  // namespace

TEST_CASE("bpf: random images decide every packet as the page's lookup does") {
  std::map<Lookup, std::size_t> met;
  std::size_t compared = 0;
  for (unsigned seed = 0; seed < 160; ++seed) {
    CAPTURE(seed);
    Maker maker(seed);
    const std::string bytes = maker.image();
    const auto image = parsed(bytes);
    REQUIRE(image);
    compared += check_packets(bytes, *image, maker, 250, &met);
  }
  CHECK(compared == 160 * 500);
  for (const Lookup decision : {Lookup::Track, Lookup::Untrack, Lookup::Drop}) CHECK(met[decision] > 8'000);
}

TEST_CASE("bpf: an image with any one bit changed is refused, or decides as the page's lookup does") {
  static constexpr std::size_t kSample = 2000;
  std::size_t refused = 0, read = 0;
  for (unsigned seed = 1000; seed < 1012; ++seed) {
    Maker maker(seed);
    const std::string good = maker.image();
    // Of long tables some bytes.
    for (std::size_t at = 0; at < good.size(); at += 1 + maker.next() % (1 + good.size() / kSample)) {
      CAPTURE(seed);
      CAPTURE(at);
      std::string bytes = good;
      bytes[at] = static_cast<char>(bytes[at] ^ 1 << maker.next() % 8);
      const auto image = parsed(bytes);
      ++(image ? read : refused);
      if (image && maker.next() % 8 == 0) check_packets(bytes, *image, maker, 10);
    }
  }
  CHECK(refused > 100);
  CHECK(read > 100);
}

}  // namespace untrack::verify
