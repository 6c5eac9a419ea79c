#include "verify/bpf/image.h"

#include <algorithm>
#include <bit>

#include "verify/bpf/bytes.h"
#include "verify/interfaces.h"
#include "verify/refuse.h"

namespace untrack::verify::bpf {

static constexpr std::uint32_t kVersion = 2;
static constexpr std::uint64_t kMostBytes = 64u << 20;
static constexpr std::uint32_t kMostSearched = (1u << 20) - 1;
static constexpr int kMostDirectoryBits = 16, kRankBits = 16;
static constexpr std::uint32_t kRankWords = 2048, kRankWordBits = 32;

static constexpr std::uint64_t kVersionAt = 8, kSizeAt = 12, kMarkAt = 16, kNodesAt = 20, kHooksAt = 24,
                               kNameAt = 32, kRootsAt = 48, kRootsSize = 4 * 2 * kStages * kClasses,
                               kHeaderSize = 368, kNodeHeaderSize = 8, kAlignment = 8;
static_assert(kHeaderSize == kRootsAt + 2 * kRootsSize);
static constexpr std::uint64_t kNameSize = kLongestInterfaceName + 1;

int Node::key_bits() const {
  switch (field) {
    case Field::Source:
    case Field::Destination: return ir::address_bits(version());
    case Field::SourcePort:
    case Field::DestinationPort:
    case Field::Icmp: return 16;
    case Field::Protocol: return 8;
  }
  return 0;
}

// ---- what is at and below a node

namespace {

// One bit for each field, two for addresses: they are of an IP version.
using Tests = std::uint32_t;
constexpr Tests test_bit(Field field, ir::IpVersion version) {
  const bool wide = is_address(field) && version == ir::IpVersion::V6;
  return Tests{1} << (static_cast<unsigned>(field) + (wide ? kFields : 0));
}

class Parser {
 public:
  explicit Parser(std::string_view bytes) : bytes_(bytes) {}

  Image run() {
    header();
    nodes();
    for (std::uint32_t node = 0; node < image_.nodes.size(); ++node) look_below(node);
    check_ways(image_.ingress);
    check_ways(image_.egress);
    check_all_are_reached();
    return std::move(image_);
  }

 private:
  void header();
  void interface_name();
  void hook(Image::Hook& hook, std::uint32_t direction);
  void nodes();
  std::uint64_t node(std::uint64_t offset);
  void check_kind(std::uint64_t offset, const Node& node);
  std::uint64_t zeros_up_to_8(std::uint64_t used);
  void references(std::uint64_t offset, const Node& node);
  void add_key(std::uint64_t offset, const Node& node, Number key);
  void keys(std::uint64_t offset, const Node& node);
  void check_starts(std::uint64_t offset, const Node& node) const;
  void keys_of_rank(std::uint64_t offset, const Node& node);
  Reference reference(std::uint64_t offset, std::size_t nodes_before);
  void look_below(std::uint32_t number);
  void check_ways(const Image::Hook& hook);
  void check_all_are_reached();

  Bytes bytes_;
  Image image_;
  std::vector<std::uint64_t> offsets_;  // of the nodes so far
  std::vector<Tests> tests_;            // of each node and all below it
};

}  // namespace

// ---- header

void Parser::header() {
  if (bytes_.size() < kHeaderSize)
    refuse(0, "{} bytes are no image: its header has {}", bytes_.size(), kHeaderSize);
  if (bytes_.part(0, kMagic.size()) != kMagic) refuse(0, "no image: it does not begin with `{}`", kMagic);
  if (const std::uint32_t version = bytes_.u32(kVersionAt); version != kVersion)
    refuse(0, "the layout of the image has version {}; understood is {}", version, kVersion);
  if (bytes_.size() > kMostBytes)
    refuse(0, "the image has {} bytes, at most {} are allowed", bytes_.size(), kMostBytes);
  if (bytes_.size() % kAlignment != 0)
    refuse(0, "the size of the image, {}, is no multiple of 8", bytes_.size());
  if (const std::uint32_t size = bytes_.u32(kSizeAt); size != bytes_.size())
    refuse(0, "the image says that it has {} bytes, and has {}", size, bytes_.size());
  image_.mark = bytes_.u32(kMarkAt);
  if (!std::has_single_bit(image_.mark)) refuse(0, "the mark {:#x} is not one bit", image_.mark);
  interface_name();
}

// What the kernel takes for a name (dev_valid_name, net/core/dev.c), of printable ASCII.
void Parser::interface_name() {
  std::string_view name = bytes_.part(kNameAt, kNameSize);
  name = name.substr(0, name.find('\0'));
  if (name.empty() || name.size() == kNameSize ||
      !bytes_.zeros(kNameAt + name.size(), kNameSize - name.size()))
    refuse(0, "the interface name is not of 1 to {} characters with zeros behind", kLongestInterfaceName);
  const auto allowed = [](char c) { return c > ' ' && c <= '~' && c != '/' && c != ':'; };
  if (!std::ranges::all_of(name, allowed) || name == "." || name == "..")
    refuse(0, "no interface can have the name in the image");
  image_.interface_name = name;
}

void Parser::hook(Image::Hook& hook, std::uint32_t direction) {
  const std::uint32_t flag = bytes_.u32(kHooksAt + 4 * direction);
  if (flag > 1) refuse(0, "hook {} is {}, neither 0 nor 1", direction, flag);
  hook.has_policy = flag == 1;
  std::uint64_t offset = kRootsAt + direction * kRootsSize;
  for (auto& version : hook.roots) {
    for (auto& stage : version) {
      for (Reference& root : stage) {
        root = reference(offset, offsets_.size());
        if (!hook.has_policy && root != Reference())
          refuse(0, "offset {}: a root that decides, in a direction without policy", offset);
        offset += 4;
      }
    }
  }
}

// ---- nodes

void Parser::nodes() {
  const std::uint32_t count = bytes_.u32(kNodesAt);
  std::uint64_t offset = kHeaderSize;
  while (offset < bytes_.size()) {
    const std::uint64_t end = node(offset);
    offsets_.push_back(offset);
    offset = end;
  }
  if (count != image_.nodes.size())
    refuse(0, "the image says that it has {} nodes, and has {}", count, image_.nodes.size());
  hook(image_.ingress, 0);
  hook(image_.egress, 1);
}

static std::uint64_t table_size(const Node& node) {
  const std::uint64_t keys = node.count - 1;
  switch (node.kind) {
    case Kind::Search: return 4 * keys;
    case Kind::WideSearch: return 16 * keys;
    case Kind::Directory: return 4 * ((std::uint64_t{1} << node.bits) + 1 + keys);
    case Kind::Rank: return 8 * kRankWords;
  }
  return 0;
}

// Reads the node, and says where it ends.
std::uint64_t Parser::node(std::uint64_t offset) {
  Node node;
  const std::uint8_t kind = bytes_.u8(offset), field = bytes_.u8(offset + 1),
                     alternates = bytes_.u8(offset + 2);
  if (kind < 1 || kind > 4) refuse(0, "offset {}: no kind of node has number {}", offset, kind);
  if (field >= kFields) refuse(0, "offset {}: no field has number {}", offset, field);
  if (alternates > 1) refuse(0, "offset {}: whether references alternate is {}", offset, alternates);
  node.kind = static_cast<Kind>(kind);
  node.field = static_cast<Field>(field);
  node.alternates = alternates == 1;
  node.bits = bytes_.u8(offset + 3);
  node.count = bytes_.u32(offset + 4);
  check_kind(offset, node);
  const std::uint64_t references_at = offset + kNodeHeaderSize,
                      table_at = zeros_up_to_8(references_at + std::uint64_t{4} * node.references()),
                      end = zeros_up_to_8(table_at + table_size(node));
  node.reference = static_cast<std::uint32_t>(image_.references.size());
  references(references_at, node);
  node.first = static_cast<std::uint32_t>(node.kind == Kind::WideSearch ? image_.wide_keys.size()
                                                                        : image_.keys.size());
  if (node.kind == Kind::Rank) {
    keys_of_rank(table_at, node);
  } else if (node.kind == Kind::Directory) {
    keys(table_at + 4 * ((std::uint64_t{1} << node.bits) + 1), node);
    check_starts(table_at, node);
  } else {
    keys(table_at, node);
  }
  image_.nodes.push_back(node);
  return end;
}

void Parser::check_kind(std::uint64_t offset, const Node& node) {
  const std::uint32_t least = node.alternates ? 3 : 2;
  if (node.count < least)
    refuse(0, "offset {}: a node has at least {} intervals, this one {}", offset, least, node.count);
  if ((node.kind == Kind::Search || node.kind == Kind::WideSearch) && node.count - 1 > kMostSearched)
    refuse(0, "offset {}: a search goes through {} first keys at most, this one through {}", offset,
           kMostSearched, node.count - 1);
  if (node.kind == Kind::WideSearch && !is_address(node.field))
    refuse(0, "offset {}: a wide search for a field that is no address", offset);
  if (node.kind == Kind::Rank && node.key_bits() != kRankBits)
    refuse(0, "offset {}: a rank node for keys of {} bits", offset, node.key_bits());
  if (node.kind != Kind::Directory) {
    if (node.bits != 0) refuse(0, "offset {}: bits, and it is no directory", offset);
    return;
  }
  if (node.field == Field::Protocol) refuse(0, "offset {}: a directory for the protocol", offset);
  if (node.bits < 1 || node.bits > kMostDirectoryBits)
    refuse(0, "offset {}: a directory by 1 to {} bits, this one by {}", offset, kMostDirectoryBits,
           node.bits);
}

// Where the next part of a node begins.
std::uint64_t Parser::zeros_up_to_8(std::uint64_t used) {
  const std::uint64_t end = (used + kAlignment - 1) / kAlignment * kAlignment;
  if (end > bytes_.size()) refuse(0, "offset {}: the node goes on past the end of the image", used);
  if (!bytes_.zeros(used, end - used))
    refuse(0, "offset {}: the bytes up to the next part are not zero", used);
  return end;
}

void Parser::references(std::uint64_t offset, const Node& node) {
  for (std::uint32_t i = 0; i < node.references(); ++i) {
    const std::uint64_t at = offset + std::uint64_t{4} * i;
    const Reference next = reference(at, image_.nodes.size());
    if (i > 0 && next == image_.references.back())
      refuse(0, "offset {}: two neighbouring intervals have the same reference", at);
    image_.references.push_back(next);
  }
}

// They are added from the first to the last.
void Parser::add_key(std::uint64_t offset, const Node& node, Number key) {
  const bool wide = node.kind == Kind::WideSearch;
  const std::size_t had = (wide ? image_.wide_keys.size() : image_.keys.size()) - node.first;
  const Number before = had == 0 ? 0 : wide ? image_.wide_keys.back() : image_.keys.back();
  if (key <= before) refuse(0, "offset {}: the first keys do not ascend from above 0", offset);
  if (key > max_number(node.key_bits())) refuse(0, "offset {}: a key that its field cannot hold", offset);
  if (wide) {
    image_.wide_keys.push_back(key);
  } else {
    image_.keys.push_back(static_cast<std::uint32_t>(key));
  }
}

void Parser::keys(std::uint64_t offset, const Node& node) {
  const std::uint64_t size = node.kind == Kind::WideSearch ? 16 : 4;
  for (std::uint64_t at = offset; at < offset + size * (node.count - 1); at += size)
    add_key(at, node, size == 4 ? bytes_.u32(at) : Number{bytes_.u64(at)} << 64 | bytes_.u64(at + 8));
}

// The keys have been read.
void Parser::check_starts(std::uint64_t offset, const Node& node) const {
  const int below = node.key_bits() - node.bits;
  const std::uint32_t places = std::uint32_t{1} << node.bits, keys = node.count - 1;
  std::uint32_t start = 0;
  for (std::uint32_t place = 0; place <= places; ++place) {
    const std::uint32_t before = start;
    while (start < keys && image_.keys[node.first + start] >> below < place) ++start;
    const std::uint64_t at = offset + std::uint64_t{4} * place;
    if (const std::uint32_t said = bytes_.u32(at); said != start)
      refuse(0, "offset {}: {} first keys are below place {} of a directory, it says {}", at, start, place,
             said);
    if (start - before > kMostSearched)
      refuse(0, "offset {}: a search goes through {} first keys at most, this one through {}", at,
             kMostSearched, start - before);
  }
}

void Parser::keys_of_rank(std::uint64_t offset, const Node& node) {
  std::uint32_t keys = 0;
  for (std::uint32_t word = 0; word < kRankWords; ++word) {
    const std::uint64_t at = offset + std::uint64_t{8} * word;
    if (const std::uint32_t before = bytes_.u32(at + 4); before != keys)
      refuse(0, "offset {}: {} bits are set in the words before, it says {}", at + 4, keys, before);
    const std::uint32_t set = bytes_.u32(at);
    for (std::uint32_t bit = 0; bit < kRankWordBits; ++bit) {
      if ((set >> bit & 1) == 0) continue;
      add_key(at, node, Number{word} * kRankWordBits + bit);
      ++keys;
    }
  }
  if (keys != node.count - 1)
    refuse(0, "offset {}: {} bits are set for {} intervals", offset, keys, node.count);
}

Reference Parser::reference(std::uint64_t offset, std::size_t nodes_before) {
  const std::uint32_t value = bytes_.u32(offset);
  if ((value & 0x80000000) != 0) {
    const std::uint32_t end = value & 0x7fffffff;
    if (end > static_cast<std::uint32_t>(Decision::Track))
      refuse(0, "offset {}: no end has number {}", offset, end);
    return Reference(static_cast<Decision>(end));
  }
  const auto last = offsets_.begin() + static_cast<std::ptrdiff_t>(nodes_before);
  const auto found = std::lower_bound(offsets_.begin(), last, value);
  if (found == last || *found != value)
    refuse(0, "offset {}: a reference to {}, where no node before it begins", offset, value);
  return Reference(static_cast<std::uint32_t>(found - offsets_.begin()));
}

// ---- ways through the nodes

void Parser::look_below(std::uint32_t number) {
  const Node& node = image_.nodes[number];
  const Tests own = test_bit(node.field, node.version());
  Tests all = own;
  for (std::uint32_t i = 0; i < node.references(); ++i) {
    const Reference to = image_.reference(node, i);
    if (to.is_end()) continue;
    if ((tests_[to.node()] & own) != 0)
      refuse(0, "offset {}: below this node its field is tested again", offsets_[number]);
    all |= tests_[to.node()];
  }
  tests_.push_back(all);
}

// What the nodes of a class may test, in packets of an IP version.
static Tests allowed_tests(std::size_t version, std::size_t class_number) {
  const ir::IpVersion ip = ir::kIpVersions[version];
  Tests tests = test_bit(Field::Source, ip) | test_bit(Field::Destination, ip);
  switch (static_cast<Class>(class_number)) {
    case Class::Bare: tests |= test_bit(Field::Protocol, ip); break;
    case Class::Tcp:
    case Class::Udp:
    case Class::Sctp: tests |= test_bit(Field::SourcePort, ip) | test_bit(Field::DestinationPort, ip); break;
    case Class::Icmp: tests |= test_bit(Field::Icmp, ip); break;
  }
  return tests;
}

void Parser::check_ways(const Image::Hook& hook) {
  for (std::size_t version = 0; version < hook.roots.size(); ++version) {
    for (std::size_t class_number = 0; class_number < kClasses; ++class_number) {
      for (std::size_t stage = 0; stage < kStages; ++stage) {
        const Reference root = hook.roots[version][stage][class_number];
        if (!root.is_end() && (tests_[root.node()] & ~allowed_tests(version, class_number)) != 0)
          refuse(0, "IPv{}, stage {}, class {}: a test of what its packets do not have",
                 static_cast<int>(ir::kIpVersions[version]), stage, class_number);
      }
    }
  }
}

void Parser::check_all_are_reached() {
  std::vector<bool> reached(image_.nodes.size());
  const auto reach = [&](Reference reference) {
    if (!reference.is_end()) reached[reference.node()] = true;
  };
  for (const Image::Hook* hook : {&image_.ingress, &image_.egress}) {
    for (const auto& version : hook->roots) {
      for (const auto& stage : version) std::ranges::for_each(stage, reach);
    }
  }
  for (std::size_t number = image_.nodes.size(); number-- > 0;) {
    if (!reached[number]) refuse(0, "offset {}: no way leads to this node", offsets_[number]);
    const Node& node = image_.nodes[number];
    for (std::uint32_t i = 0; i < node.references(); ++i) reach(image_.reference(node, i));
  }
}

Image parse_image(std::string_view bytes) {
  return Parser(bytes).run();
}

}  // namespace untrack::verify::bpf
