#include "backends/iptables/sets.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <string_view>

#include <fmt/format.h>

#include "backends/iptables/lengths.h"
#include "backends/iptables/names.h"

namespace untrack::backends::iptables {

// hash:net refuses a prefix of 0 bits (net/netfilter/ipset/ip_set_hash_net.c), so "any address" is two
// halves.
static std::array<ir::Cidr, 2> halves(ir::IpVersion version) {
  const ir::AddressBits middle = ir::AddressBits{1} << (ir::address_bits(version) - 1);
  return {ir::Cidr(ir::Address(version, 0), 1), ir::Cidr(ir::Address(version, middle), 1)};
}

static std::string words(const ir::PortSet& ports) {
  std::string text;
  for (const auto [first, last] : ports.ranges()) {
    text += fmt::format("{}{}", text.empty() ? "" : "_", first);
    if (first != last) text += fmt::format("-{}", last);
  }
  return text;
}

static std::string kind(std::string_view word, ir::IpVersion version) {
  return fmt::format("{}{}", word, version == ir::IpVersion::V4 ? 4 : 6);
}

std::string SetStore::add(Set set) {
  std::string name = set.name;
  if (known_.insert(name).second) sets_.push_back(std::move(set));
  return name;
}

std::string SetStore::addresses(ir::AddressSetId id, ir::IpVersion version) {
  const bool described = with_comments_ && id.index < ruleset_.address_set_origins.size();
  return nets(ruleset_.address_sets[id].prefixes(version), version,
              described ? ruleset_.address_set_origins[id.index] : "");
}

// Prefixes as elements, and as text.
static std::pair<std::vector<NetElement>, std::string> net_elements(std::span<const ir::Cidr> prefixes) {
  std::vector<NetElement> elements;
  std::string text;
  const auto add = [&](const ir::Cidr& net) {
    elements.push_back({net});
    text += net.to_string() + "\n";
  };
  for (const ir::Cidr& each : prefixes) {
    if (each.prefix_bits() != 0)
      add(each);
    else
      std::ranges::for_each(halves(each.version()), add);
  }
  return {std::move(elements), std::move(text)};
}

std::string SetStore::nets(std::span<const ir::Cidr> prefixes, ir::IpVersion version, std::string origin) {
  auto [elements, all] = net_elements(of_fewer_lengths(prefixes));
  return add({digested_set_name(kind("net", version), all), version, std::move(elements), std::move(origin)});
}

// bitmap:ip takes no element 0.0.0.0/0 either: its loop over the slots compares addresses by their difference
// as a signed number (bitmap_ip_uadt, net/netfilter/ipset/ip_set_bitmap_ip.c).
std::string SetStore::slots(const ir::Cidr& range, int slot_bits, std::span<const ir::Cidr> prefixes) {
  auto [elements, all] = net_elements(prefixes);
  all += fmt::format("{} {}", range.to_string(), slot_bits);
  return add({digested_set_name("slots", all), range.version(),
              BitmapIp{range, slot_bits, std::move(elements)}, ""});
}

std::string SetStore::tcp_udp_ports(const ir::PortSet& ports) {
  BitmapPort elements;
  for (const ir::PortRange& each : ports.ranges()) elements.push_back({each});
  return add({set_name("port", words(ports)), ir::IpVersion::V4, std::move(elements), ""});
}

std::string SetStore::sctp_ports(const ir::PortSet& ports, ir::IpVersion version) {
  HashNetPort elements;
  for (const ir::Cidr& half : halves(version)) {
    for (const ir::PortRange& each : ports.ranges()) elements.push_back({half, ir::kSctp, each});
  }
  return add({set_name(kind("sctp", version), words(ports)), version, std::move(elements), ""});
}

std::string SetStore::icmp(const ir::IcmpMatch& icmp, ir::IpVersion version) {
  const ir::Protocol protocol = version == ir::IpVersion::V4 ? ir::kIcmp : ir::kIcmp6;
  const int first_code = icmp.code.value_or(0), last_code = icmp.code.value_or(255);
  HashNetPort elements;
  for (const ir::Cidr& half : halves(version)) {
    // ipset knows no ranges of ICMP codes.
    for (int code = first_code; code <= last_code; ++code) {
      const auto packed = static_cast<ir::Port>(icmp.type * 256 + code);
      elements.push_back({half, protocol, {packed, packed}});
    }
  }
  const std::string words =
      icmp.code ? fmt::format("{}-{}", icmp.type, *icmp.code) : fmt::format("{}", icmp.type);
  return add({set_name(kind("icmp", version), words), version, std::move(elements), ""});
}

std::vector<ir::SocketAddress> SetStore::members(ir::SocketSetId id, ir::IpVersion version) const {
  std::vector<ir::SocketAddress> result;
  std::ranges::copy_if(ruleset_.socket_sets[id].members(), std::back_inserter(result),
                       [&](const ir::SocketAddress& socket) {
                         return socket.address.version() == version && ir::has_ports(socket.protocol);
                       });
  return result;
}

std::string SetStore::sockets(ir::SocketSetId id, ir::IpVersion version) {
  HashIpPort elements;
  std::string all;
  for (const ir::SocketAddress& each : members(id, version)) {
    elements.push_back({each});
    all += fmt::format("{} {} {}\n", each.address.to_string(), ir::to_string(each.protocol), each.port);
  }
  return add({digested_set_name(kind("sock", version), all), version, std::move(elements), ""});
}

std::string SetStore::services(const HashNetPort& elements, ir::IpVersion version) {
  HashNetPort fitting;
  std::string all;
  const auto add_element = [&](const ir::Cidr& net, const NetPortElement& each) {
    fitting.push_back({net, each.protocol, each.ports});
    all += fmt::format("{} {} {}-{}\n", net.to_string(), each.protocol.number, each.ports.first,
                       each.ports.last);
  };
  ir::LengthCounts counts;
  for (const NetPortElement& each : elements)
    counts[each.net.prefix_bits()] += static_cast<std::size_t>(each.ports.last - each.ports.first) + 1;
  const std::map<int, int> lengths = fewer_lengths(counts);
  for (const NetPortElement& each : elements) {
    const int bits = std::max(1, lengths.at(each.net.prefix_bits()));  // hash:net takes no /0
    for (const ir::Cidr& net : ir::split(each.net, bits)) add_element(net, each);
  }
  return add({digested_set_name(kind("svc", version), all), version, std::move(fitting), ""});
}

}  // namespace untrack::backends::iptables
