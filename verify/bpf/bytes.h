// Numbers in bytes that nobody has checked yet: a read outside them is a refusal.
#pragma once
#include <concepts>
#include <cstdint>
#include <string_view>

#include "verify/refuse.h"

namespace untrack::verify::bpf {

class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}
  std::uint64_t size() const { return bytes_.size(); }

  std::string_view part(std::uint64_t offset, std::uint64_t length) const {
    if (offset > size() || length > size() - offset)
      refuse(0, "{} bytes at offset {} are not there: it has {}", length, offset, size());
    return bytes_.substr(offset, length);
  }
  // Little-endian.
  template <std::unsigned_integral Integer>
  Integer number(std::uint64_t offset) const {
    std::uint64_t value = 0;
    const std::string_view bytes = part(offset, sizeof(Integer));
    for (std::size_t i = sizeof(Integer); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return static_cast<Integer>(value);
  }
  std::uint8_t u8(std::uint64_t offset) const { return number<std::uint8_t>(offset); }
  std::uint16_t u16(std::uint64_t offset) const { return number<std::uint16_t>(offset); }
  std::uint32_t u32(std::uint64_t offset) const { return number<std::uint32_t>(offset); }
  std::uint64_t u64(std::uint64_t offset) const { return number<std::uint64_t>(offset); }
  bool zeros(std::uint64_t offset, std::uint64_t length) const {
    return part(offset, length).find_first_not_of('\0') == std::string_view::npos;
  }

 private:
  std::string_view bytes_;
};

}  // namespace untrack::verify::bpf
