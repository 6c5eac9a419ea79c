#include "backends/bpf/print.h"

#include <bit>
#include <cassert>
#include <cstdint>
#include <vector>

namespace untrack::backends::bpf {

static constexpr std::size_t kNodeHeaderBytes = 8, kInterfaceBytes = 16, kRankWords = 2048, kWordBits = 32;
static constexpr std::uint32_t kLayoutVersion = 2, kEndBit = 0x80000000;

static constexpr std::size_t padded(std::size_t bytes) {
  return (bytes + 7) / 8 * 8;
}

static std::size_t table_bytes(const Node& node) {
  switch (node.kind) {
    case Kind::Search: return node.first.size() * 4;
    case Kind::WideSearch: return node.first.size() * 16;
    case Kind::Directory: return ((std::size_t{1} << node.bits) + 1 + node.first.size()) * 4;
    case Kind::Rank: return kRankWords * 8;
  }
  return 0;
}

std::size_t size_in_bytes(const Node& node) {
  return padded(kNodeHeaderBytes + node.references.size() * 4) + padded(table_bytes(node));
}

namespace {

// All numbers are little-endian. Of a known size, and zeros where nothing is put.
class Bytes {
 public:
  explicit Bytes(std::size_t size) : text_(size, '\0') {}
  std::size_t size() const { return at_; }
  void put(std::uint64_t number, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) text_[at_ + i] = static_cast<char>(number >> (8 * i));
    at_ += bytes;
  }
  void put(const std::string& text, std::size_t bytes) {
    text.copy(&text_[at_], bytes);
    at_ += bytes;
  }
  void pad() { at_ = padded(at_); }
  std::string take() && { return std::move(text_); }

 private:
  std::string text_;
  std::size_t at_ = 0;
};

}  // namespace

static std::uint32_t number_of(Reference reference, const std::vector<std::uint32_t>& offsets) {
  return reference.is_end() ? kEndBit | static_cast<std::uint32_t>(reference.end())
                            : offsets[reference.node()];
}

// How many first keys are below each multiple of a place's size.
static void put_starts(Bytes& bytes, const Node& node) {
  const int below = key_bits(node.field, ir::IpVersion::V4) - node.bits;
  std::size_t start = 0;
  for (Key place = 0; place >> node.bits == 0; ++place) {
    while (start < node.first.size() && node.first[start] >> below < place) ++start;
    bytes.put(start, 4);
  }
  bytes.put(node.first.size(), 4);
}

static void put_words(Bytes& bytes, const Node& node) {
  std::size_t next = 0;
  for (std::size_t word = 0; word < kRankWords; ++word) {
    const std::size_t before = next;
    std::uint32_t set = 0;
    for (; next < node.first.size() && node.first[next] / kWordBits == word; ++next)
      set |= std::uint32_t{1} << static_cast<unsigned>(node.first[next] % kWordBits);
    bytes.put(set, 4);
    bytes.put(before, 4);
  }
}

static void put(Bytes& bytes, const Node& node, const std::vector<std::uint32_t>& offsets) {
  bytes.put(static_cast<std::uint8_t>(node.kind), 1);
  bytes.put(static_cast<std::uint8_t>(node.field), 1);
  bytes.put(node.alternates() ? 1 : 0, 1);
  bytes.put(node.bits, 1);
  bytes.put(node.intervals(), 4);
  for (const Reference reference : node.references) bytes.put(number_of(reference, offsets), 4);
  bytes.pad();
  if (node.kind == Kind::Rank) return put_words(bytes, node);
  if (node.kind == Kind::Directory) put_starts(bytes, node);
  for (const Key first : node.first) {
    if (node.kind == Kind::WideSearch) bytes.put(static_cast<std::uint64_t>(first >> 64), 8);
    bytes.put(static_cast<std::uint64_t>(first), node.kind == Kind::WideSearch ? 8 : 4);
  }
  bytes.pad();
}

std::string print(const Image& image) {
  std::vector<std::uint32_t> offsets;
  std::size_t size = kHeaderBytes;
  for (const Node& node : image.nodes) {
    offsets.push_back(static_cast<std::uint32_t>(size));
    size += size_in_bytes(node);
  }
  assert(size <= kMostBytes && "the lowering keeps to the limits");
  assert(image.interface_name.size() < kInterfaceBytes && "IFNAMSIZ, with a zero at the end");
  Bytes bytes(size);
  bytes.put("UNTRKBPF", 8);
  bytes.put(kLayoutVersion, 4);
  bytes.put(size, 4);
  bytes.put(image.mark, 4);
  bytes.put(image.nodes.size(), 4);
  for (const bool hook : image.hooks) bytes.put(hook ? 1 : 0, 4);
  bytes.put(image.interface_name, kInterfaceBytes);
  for (const auto& direction : image.roots) {
    for (const auto& version : direction) {
      for (std::size_t stage = 0; stage < kStages; ++stage) {
        for (const Roots& roots : version) bytes.put(number_of(roots[stage], offsets), 4);
      }
    }
  }
  assert(bytes.size() == kHeaderBytes);
  for (const Node& node : image.nodes) put(bytes, node, offsets);
  assert(bytes.size() == size);
  return std::move(bytes).take();
}

}  // namespace untrack::backends::bpf
