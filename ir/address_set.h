// A set of addresses of both IP versions in its one canonical form: the fewest prefixes, sorted, IPv4 first.
// Equal sets compare equal, however they were written.
#pragma once
#include <span>
#include <vector>

#include "ir/cidr.h"
#include "ir/port.h"
#include "ir/protocol.h"
#include "support/id.h"

namespace untrack::ir {

class AddressSet {
 public:
  AddressSet() = default;
  explicit AddressSet(std::vector<Cidr> prefixes);  // in any order, overlapping or not

  const std::vector<Cidr>& prefixes() const { return prefixes_; }
  std::span<const Cidr> prefixes(IpVersion version) const;
  bool contains(const Address& address) const;
  bool empty() const { return prefixes_.empty(); }

  friend auto operator<=>(const AddressSet&, const AddressSet&) = default;

 private:
  std::vector<Cidr> prefixes_;
};
using AddressSetId = Id<struct AddressSetTag>;

// What a named port or a service with ports stands for: (address, protocol, port) triples, sorted, distinct.
struct SocketAddress {
  Address address{IpVersion::V4, 0};
  Protocol protocol;
  Port port = 0;
  friend auto operator<=>(const SocketAddress&, const SocketAddress&) = default;
};
class SocketSet {
 public:
  SocketSet() = default;
  explicit SocketSet(std::vector<SocketAddress> members);
  const std::vector<SocketAddress>& members() const { return members_; }
  bool contains(const SocketAddress& socket) const;
  friend auto operator<=>(const SocketSet&, const SocketSet&) = default;

 private:
  std::vector<SocketAddress> members_;
};
using SocketSetId = Id<struct SocketSetTag>;

}  // namespace untrack::ir

template <>
struct std::hash<untrack::ir::AddressSet> {
  std::size_t operator()(const untrack::ir::AddressSet& set) const noexcept;
};
template <>
struct std::hash<untrack::ir::SocketSet> {
  std::size_t operator()(const untrack::ir::SocketSet& set) const noexcept;
};
