#include "ir/address_set.h"

#include <algorithm>
#include <iterator>

namespace untrack::ir {

// Covering prefixes sort before what they cover, so one sweep joins overlapping and adjacent prefixes into
// ranges; the fewest prefixes of disjoint, non-adjacent ranges are those of each range.
AddressSet::AddressSet(std::vector<Cidr> prefixes) {
  std::sort(prefixes.begin(), prefixes.end());
  for (std::size_t i = 0; i < prefixes.size();) {
    const IpVersion version = prefixes[i].version();
    const AddressBits first = prefixes[i].first();
    AddressBits last = prefixes[i].last();
    for (++i; i < prefixes.size() && prefixes[i].version() == version; ++i) {
      if (prefixes[i].first() > last && prefixes[i].first() - 1 > last) break;
      last = std::max(last, prefixes[i].last());
    }
    std::ranges::move(prefixes_of(version, first, last), std::back_inserter(prefixes_));
  }
}

std::span<const Cidr> AddressSet::prefixes(IpVersion version) const {
  const auto v6 =
      std::ranges::partition_point(prefixes_, [](const Cidr& c) { return c.version() == IpVersion::V4; });
  const auto v4_count = static_cast<std::size_t>(v6 - prefixes_.begin());
  const std::span<const Cidr> all(prefixes_);
  return version == IpVersion::V4 ? all.first(v4_count) : all.subspan(v4_count);
}

bool AddressSet::contains(const Address& address) const {
  const auto after = std::ranges::upper_bound(prefixes_, address, {}, &Cidr::network);
  return after != prefixes_.begin() && std::prev(after)->contains(address);
}

SocketSet::SocketSet(std::vector<SocketAddress> members) : members_(std::move(members)) {
  std::ranges::sort(members_);
  const auto repeated = std::ranges::unique(members_);
  members_.erase(repeated.begin(), repeated.end());
}

bool SocketSet::contains(const SocketAddress& socket) const {
  return std::ranges::binary_search(members_, socket);
}

}  // namespace untrack::ir

static std::size_t mixed(std::size_t hash, std::size_t value) {
  return (hash ^ value) * 0x9e3779b97f4a7c15u + (hash >> 29);
}

std::size_t std::hash<untrack::ir::AddressSet>::operator()(
    const untrack::ir::AddressSet& set) const noexcept {
  std::size_t sum = set.prefixes().size();
  for (const untrack::ir::Cidr& prefix : set.prefixes()) {
    sum = mixed(sum, std::hash<untrack::ir::Address>{}(prefix.network()));
    sum = mixed(sum, static_cast<std::size_t>(prefix.prefix_bits()));
  }
  return sum;
}

std::size_t std::hash<untrack::ir::SocketSet>::operator()(const untrack::ir::SocketSet& set) const noexcept {
  std::size_t sum = set.members().size();
  for (const untrack::ir::SocketAddress& socket : set.members()) {
    sum = mixed(sum, std::hash<untrack::ir::Address>{}(socket.address));
    sum = mixed(sum, static_cast<std::size_t>(socket.protocol.number) << 16 | socket.port);
  }
  return sum;
}
