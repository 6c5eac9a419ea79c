#include "ir/address.h"

#include <arpa/inet.h>

#include <array>
#include <cstring>

namespace untrack::ir {

// inet_pton(3) takes the strict forms only: four decimal parts without leading zeros, RFC 4291 without a zone.
std::optional<Address> Address::parse(std::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string terminated(text);
  const bool v6 = text.find(':') != std::string_view::npos;
  std::array<std::uint8_t, 16> bytes{};
  if (inet_pton(v6 ? AF_INET6 : AF_INET, terminated.c_str(), bytes.data()) != 1) return std::nullopt;
  AddressBits bits = 0;
  for (int i = 0; i < (v6 ? 16 : 4); ++i) bits = bits << 8 | bytes[i];
  return Address(v6 ? IpVersion::V6 : IpVersion::V4, bits);
}

std::string Address::to_string() const {
  const int size = address_bits(version_) / 8;
  std::array<std::uint8_t, 16> bytes{};
  for (int i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(bits_ >> 8 * (size - 1 - i));
  char text[INET6_ADDRSTRLEN];
  inet_ntop(version_ == IpVersion::V4 ? AF_INET : AF_INET6, bytes.data(), text, sizeof text);
  return text;
}

}  // namespace untrack::ir
