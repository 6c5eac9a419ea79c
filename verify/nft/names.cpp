#include "verify/nft/names.h"

#include <algorithm>
#include <span>

#include "verify/protocol_names.h"

namespace untrack::verify::nft {

struct Constant {
  std::string_view word;
  std::uint16_t number;
};
static constexpr Constant kIcmpTypes[] = {
    {"echo-reply", 0},           {"destination-unreachable", 3},
    {"source-quench", 4},        {"redirect", 5},
    {"echo-request", 8},         {"router-advertisement", 9},
    {"router-solicitation", 10}, {"time-exceeded", 11},
    {"parameter-problem", 12},   {"timestamp-request", 13},
    {"timestamp-reply", 14},     {"info-request", 15},
    {"info-reply", 16},          {"address-mask-request", 17},
    {"address-mask-reply", 18},
};
static constexpr Constant kIcmpCodes[] = {
    {"net-unreachable", 0}, {"host-unreachable", 1}, {"prot-unreachable", 2}, {"port-unreachable", 3},
    {"frag-needed", 4},     {"net-prohibited", 9},   {"host-prohibited", 10}, {"admin-prohibited", 13},
};
static constexpr Constant kIcmpv6Types[] = {
    {"destination-unreachable", 1},  {"packet-too-big", 2},         {"time-exceeded", 3},
    {"parameter-problem", 4},        {"echo-request", 128},         {"echo-reply", 129},
    {"mld-listener-query", 130},     {"mld-listener-report", 131},  {"mld-listener-done", 132},
    {"mld-listener-reduction", 132}, {"nd-router-solicit", 133},    {"nd-router-advert", 134},
    {"nd-neighbor-solicit", 135},    {"nd-neighbor-advert", 136},   {"nd-redirect", 137},
    {"router-renumbering", 138},     {"ind-neighbor-solicit", 141}, {"ind-neighbor-advert", 142},
    {"mld2-listener-report", 143},
};
static constexpr Constant kIcmpv6Codes[] = {
    {"no-route", 0},         {"admin-prohibited", 1}, {"addr-unreachable", 3},
    {"port-unreachable", 4}, {"policy-fail", 5},      {"reject-route", 6},
};
// NFPROTO_IPV4 and NFPROTO_IPV6 (linux/netfilter.h).
static constexpr Constant kNfProtos[] = {{"ipv4", 2}, {"ipv6", 10}};
// ETH_P_IP and ETH_P_IPV6 (linux/if_ether.h).
static constexpr Constant kEtherTypes[] = {{"ip", 0x0800}, {"ip6", 0x86dd}};
// nft(8), "BOOLEAN"; of `exthdr frag exists`.
static constexpr Constant kBooleans[] = {{"exists", 1}, {"missing", 0}};

static std::span<const Constant> constants(Type type) {
  switch (type) {
    case Type::IcmpType: return kIcmpTypes;
    case Type::IcmpCode: return kIcmpCodes;
    case Type::Icmpv6Type: return kIcmpv6Types;
    case Type::Icmpv6Code: return kIcmpv6Codes;
    case Type::NfProto: return kNfProtos;
    case Type::EtherType: return kEtherTypes;
    case Type::Boolean: return kBooleans;
    case Type::Ipv4Address:
    case Type::Ipv6Address:
    case Type::Protocol:
    case Type::Service:
    case Type::InterfaceName:
    case Type::FragmentOffset:
    case Type::Integer: return {};
  }
  return {};
}

std::optional<Number> constant(Type type, std::string_view word) {
  if (type == Type::Protocol) {
    const auto protocol = protocol_named(word);
    return protocol ? std::optional<Number>(protocol->number) : std::nullopt;
  }
  const auto known = constants(type);
  const auto found =
      std::find_if(known.begin(), known.end(), [&](const Constant& c) { return c.word == word; });
  return found == known.end() ? std::nullopt : std::optional<Number>(found->number);
}

struct TypeName {
  Type type;
  std::string_view name;
  int bits;
};
// In the order of Type. `frag-off`, `boolean` and `integer` are no names that a set declaration takes.
static constexpr TypeName kTypes[] = {
    {Type::Ipv4Address, "ipv4_addr", 32}, {Type::Ipv6Address, "ipv6_addr", 128},
    {Type::Protocol, "inet_proto", 8},    {Type::Service, "inet_service", 16},
    {Type::InterfaceName, "ifname", 128}, {Type::IcmpType, "icmp_type", 8},
    {Type::IcmpCode, "icmp_code", 8},     {Type::Icmpv6Type, "icmpv6_type", 8},
    {Type::Icmpv6Code, "icmpv6_code", 8}, {Type::NfProto, "nf_proto", 8},
    {Type::EtherType, "ether_type", 16},  {Type::FragmentOffset, "frag-off", 16},
    {Type::Boolean, "boolean", 1},        {Type::Integer, "integer", 64},
};
static constexpr std::size_t kDeclarableTypes = 11;

std::optional<Type> type_named(std::string_view name) {
  const auto end = std::begin(kTypes) + kDeclarableTypes;
  const auto found = std::find_if(std::begin(kTypes), end, [&](const TypeName& t) { return t.name == name; });
  return found == end ? std::nullopt : std::optional(found->type);
}

std::string_view to_string(Type type) {
  return kTypes[static_cast<std::size_t>(type)].name;
}
int type_bits(Type type) {
  return kTypes[static_cast<std::size_t>(type)].bits;
}

}  // namespace untrack::verify::nft
