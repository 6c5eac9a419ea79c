// Message digests and the text forms in which they are shown.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace untrack {

// FIPS 180-4.
std::array<std::uint8_t, 28> sha224(std::string_view bytes);
std::array<std::uint8_t, 32> sha256(std::string_view bytes);

// RFC 4648 section 5 (`-` and `_`), without padding.
std::string base64url(std::string_view bytes);
std::string hex(std::string_view bytes);  // lower case, two digits a byte

// Calico's unique id of a content: PREFIX ":" base64url(SHA-224(PREFIX ":" CONTENT)).
std::string unique_id(std::string_view prefix, std::string_view content);

template <std::size_t N>
std::string_view as_bytes(const std::array<std::uint8_t, N>& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace untrack
