#include "ir/cidr.h"

#include <cassert>
#include <charconv>

namespace untrack::ir {

// The bits below the prefix, as ones.
static AddressBits host_mask(IpVersion version, int prefix_bits) {
  const int host_bits = address_bits(version) - prefix_bits;
  return host_bits == 128 ? ~AddressBits{0} : (AddressBits{1} << host_bits) - 1;
}

Cidr::Cidr(Address address, int prefix_bits)
    : network_(address.version(), address.bits() & ~host_mask(address.version(), prefix_bits)),
      prefix_bits_(prefix_bits) {
  assert(prefix_bits >= 0 && prefix_bits <= address_bits(address.version()) && "prefix longer than the address");
}

std::optional<Cidr> Cidr::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = Address::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  if (slash == std::string_view::npos) return Cidr(*address);
  const std::string_view digits = text.substr(slash + 1);
  int bits = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.front() == '-') return std::nullopt;
  if (bits > address_bits(address->version())) return std::nullopt;
  return Cidr(*address, bits);
}

AddressBits Cidr::last() const { return first() | host_mask(version(), prefix_bits_); }

bool Cidr::contains(const Address& address) const {
  return address.version() == version() && first() <= address.bits() && address.bits() <= last();
}

bool Cidr::contains(const Cidr& other) const {
  return other.version() == version() && first() <= other.first() && other.last() <= last();
}

std::string Cidr::to_string() const { return network_.to_string() + "/" + std::to_string(prefix_bits_); }

std::vector<Cidr> prefixes_of(IpVersion version, AddressBits first, AddressBits last) {
  std::vector<Cidr> prefixes;
  const int width = address_bits(version);
  for (;;) {
    int host_bits = 0;  // grow while the block stays aligned to `first` and inside the range
    while (host_bits < width) {
      const AddressBits mask = host_mask(version, width - host_bits - 1);
      if ((first & mask) != 0 || (first | mask) > last) break;
      ++host_bits;
    }
    prefixes.emplace_back(Address(version, first), width - host_bits);
    const AddressBits end = prefixes.back().last();
    if (end >= last) return prefixes;
    first = end + 1;
  }
}

}  // namespace untrack::ir
