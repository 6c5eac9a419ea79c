#include "backends/bpf/print.h"

#include <cassert>
#include <cstdint>

namespace untrack::backends::bpf {

static constexpr std::size_t kNodeHeaderBytes = 8, kInterfaceBytes = 16;
static constexpr std::uint32_t kLayoutVersion = 1, kEndBit = 0x80000000;

static constexpr std::size_t padded(std::size_t bytes) {
  return (bytes + 7) / 8 * 8;
}

static constexpr std::size_t first_bytes(Kind kind) {
  switch (kind) {
    case Kind::Direct: return 0;
    case Kind::Search: return 4;
    case Kind::WideSearch: return 16;
  }
  return 0;
}

std::size_t size_in_bytes(const Node& node) {
  return padded(kNodeHeaderBytes + node.references.size() * (first_bytes(node.kind) + 4));
}

namespace {

// All numbers are little-endian.
class Bytes {
 public:
  explicit Bytes(std::size_t size) { text_.reserve(size); }
  std::size_t size() const { return text_.size(); }
  void put(std::uint64_t number, int bytes) {
    for (int i = 0; i < bytes; ++i) text_.push_back(static_cast<char>(number >> (8 * i)));
  }
  void put(const std::string& text, std::size_t bytes) {
    text_ += text;
    text_.append(bytes - text.size(), '\0');
  }
  void pad() { text_.resize(padded(text_.size())); }
  std::string take() && { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace

static void put(Bytes& bytes, const Node& node, const std::vector<std::uint32_t>& offsets) {
  bytes.put(static_cast<std::uint8_t>(node.kind), 1);
  bytes.put(static_cast<std::uint8_t>(node.field), 1);
  bytes.put(node.shift, 1);
  bytes.put(node.bits, 1);
  bytes.put(node.references.size(), 4);
  for (const Key first : node.first) {
    if (node.kind == Kind::WideSearch) bytes.put(static_cast<std::uint64_t>(first >> 64), 8);
    bytes.put(static_cast<std::uint64_t>(first), node.kind == Kind::WideSearch ? 8 : 4);
  }
  for (const Reference reference : node.references) {
    bytes.put(reference.is_end() ? kEndBit | static_cast<std::uint32_t>(reference.end())
                                 : offsets[reference.node()],
              4);
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
        for (const Roots& roots : version) {
          bytes.put(roots[stage].is_end() ? kEndBit | static_cast<std::uint32_t>(roots[stage].end())
                                          : offsets[roots[stage].node()],
                    4);
        }
      }
    }
  }
  assert(bytes.size() == kHeaderBytes);
  for (const Node& node : image.nodes) put(bytes, node, offsets);
  assert(bytes.size() == size);
  return std::move(bytes).take();
}

}  // namespace untrack::backends::bpf
