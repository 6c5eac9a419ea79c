// An IPv4 or IPv6 prefix, e.g. 10.0.0.0/8. Host bits are always zero: parsing clears them, so equal prefixes
// compare equal and sort together; the merge passes rely on it.
#pragma once
#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/address.h"

namespace untrack::ir {

class Cidr {
 public:
  Cidr(Address address, int prefix_bits);  // clears the host bits
  explicit Cidr(Address host) : Cidr(host, address_bits(host.version())) {}
  // ADDRESS or ADDRESS/BITS. Nothing for malformed text; the caller knows which source span to blame.
  static std::optional<Cidr> parse(std::string_view text);

  IpVersion version() const { return network_.version(); }
  Address network() const { return network_; }
  int prefix_bits() const { return prefix_bits_; }  // 0..32 or 0..128
  AddressBits first() const { return network_.bits(); }
  AddressBits last() const;  // inclusive
  bool contains(const Address& address) const;
  bool contains(const Cidr& other) const;
  std::string to_string() const;  // always with /BITS

  // Version, then network, then the shorter prefix first: a covering prefix sorts before what it covers.
  friend auto operator<=>(const Cidr&, const Cidr&) = default;

 private:
  Address network_;
  int prefix_bits_;
};

// The fewest prefixes that cover exactly the addresses first..last (inclusive), in order.
std::vector<Cidr> prefixes_of(IpVersion version, AddressBits first, AddressBits last);

}  // namespace untrack::ir
