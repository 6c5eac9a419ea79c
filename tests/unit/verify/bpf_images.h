// Images of docs/bpf.md written byte by byte, objects around them, and the page's lookup for one packet: by
// the page alone, so that readers have something to be held against.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ir/packet.h"
#include "verify/ranges.h"

namespace untrack::verify {

inline constexpr std::uint32_t kNext = 0x80000000, kUntrack = 0x80000001, kDrop = 0x80000002,
                               kTrack = 0x80000003;
enum : std::uint8_t { kSource, kDestination, kSourcePort, kDestinationPort, kIcmpField, kProtocol };
enum : std::uint8_t { kBare, kTcpClass, kUdpClass, kSctpClass, kIcmpClass };
enum : std::uint8_t { kIngress, kEgress };
enum : std::uint8_t { kV4, kV6 };

void put16(std::string& bytes, std::size_t offset, std::uint16_t value);
void put32(std::string& bytes, std::size_t offset, std::uint32_t value);
void put64(std::string& bytes, std::size_t offset, std::uint64_t value);
std::uint32_t get32(std::string_view bytes, std::size_t offset);

class ImageWriter {
 public:
  explicit ImageWriter(std::string_view interface_name = "eth0");

  // Each returns the node's offset. Entries are the first key of an interval and its reference; the first
  // one's key is 0. With `Alternating` the first two references stand for all.
  using Entries = std::vector<std::pair<std::uint32_t, std::uint32_t>>;
  enum class References { Each, Alternating };
  std::uint32_t search(std::uint8_t field, const Entries& entries, References references = References::Each);
  std::uint32_t wide(std::uint8_t field, const std::vector<std::pair<Number, std::uint32_t>>& entries,
                     References references = References::Each);
  std::uint32_t directory(std::uint8_t field, int bits, const Entries& entries,
                          References references = References::Each);
  std::uint32_t rank(std::uint8_t field, const Entries& entries, References references = References::Each);

  void root(int direction, int version, int stage, int packet_class, std::uint32_t reference);
  void roots(int direction, std::uint32_t reference);  // of every version and class, in stage 0

  std::string image() const;

 private:
  template <class List>
  std::uint32_t begin(int kind, std::uint8_t field, int bits, const List& entries, References references);
  void first_keys(const Entries& entries);
  void pad();
  std::string bytes_;
  std::uint32_t nodes_ = 0;
};

// Where a root stands in the image.
std::size_t root_offset(int direction, int version, int stage, int packet_class);

// A relocatable ELF object of BPF with such an image. Its programs are no programs of ours; `tc` is what its
// section `tc` holds.
std::string object_around(std::string_view image,
                          std::string_view tc = std::string_view("\0\0\0\0\0\0\0\0", 8));

// As the page says it under "The lookup". The bytes have to be an image.
enum class Lookup { Track, Untrack, Drop };
Lookup look_up(std::string_view image, ir::Direction direction, const ir::Packet& packet);

// `bpftool map dump -j` of the image's map.
std::string map_dump(std::string_view image);

}  // namespace untrack::verify
