// An IPv4 or IPv6 address as a number, so that ranges and prefixes are arithmetic.
#pragma once
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace untrack::ir {

enum class IpVersion : std::uint8_t { V4 = 4, V6 = 6 };
inline constexpr IpVersion kIpVersions[] = {IpVersion::V4, IpVersion::V6};
constexpr int address_bits(IpVersion version) { return version == IpVersion::V4 ? 32 : 128; }

// The address as a number; the first byte on the wire is the most significant one.
__extension__ typedef unsigned __int128 AddressBits;

// All addresses of a version: 0 .. max_address(version), inclusive.
constexpr AddressBits max_address(IpVersion version) {
  return version == IpVersion::V4 ? AddressBits{0xffffffff} : ~AddressBits{0};
}

class Address {
 public:
  constexpr Address(IpVersion version, AddressBits bits) : bits_(bits), version_(version) {}
  // RFC 4291 text or dotted quad without leading zeros; no zone, no prefix. Nothing for anything else.
  static std::optional<Address> parse(std::string_view text);

  IpVersion version() const { return version_; }
  AddressBits bits() const { return bits_; }
  std::string to_string() const;  // RFC 5952

  friend constexpr bool operator==(const Address&, const Address&) = default;
  friend constexpr auto operator<=>(const Address& a, const Address& b) {  // IPv4 before IPv6
    if (const auto order = a.version_ <=> b.version_; order != 0) return order;
    return a.bits_ < b.bits_   ? std::strong_ordering::less
           : b.bits_ < a.bits_ ? std::strong_ordering::greater
                               : std::strong_ordering::equal;
  }

 private:
  AddressBits bits_;
  IpVersion version_;
};

}  // namespace untrack::ir

template <>
struct std::hash<untrack::ir::Address> {
  std::size_t operator()(const untrack::ir::Address& a) const noexcept {
    const auto low = static_cast<std::uint64_t>(a.bits()), high = static_cast<std::uint64_t>(a.bits() >> 64);
    return std::hash<std::uint64_t>{}(low * 0x9e3779b97f4a7c15u ^ high * 0xc2b2ae3d27d4eb4fu ^
                                      static_cast<std::uint64_t>(a.version()));
  }
};
