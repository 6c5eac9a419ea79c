#include "backends/bpf/object.h"

#include <cstdint>

namespace untrack::backends::bpf {

static void put(std::string& bytes, std::size_t at, std::uint64_t number) {
  for (std::size_t i = 0; i < 8; ++i) bytes[at + i] = static_cast<char>(number >> (8 * i));
}

std::string object(std::string_view image) {
  std::string bytes;
  bytes.reserve(kObjectTemplate.bytes.size() + image.size());
  bytes += kObjectTemplate.bytes;
  put(bytes, kObjectTemplate.section_size_at, image.size());
  put(bytes, kObjectTemplate.symbol_size_at, image.size());
  bytes += image;
  return bytes;
}

}  // namespace untrack::backends::bpf
