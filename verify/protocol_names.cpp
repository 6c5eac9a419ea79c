#include "verify/protocol_names.h"

#include <algorithm>
#include <iterator>

namespace untrack::verify {

struct Name {
  std::string_view name;
  std::uint8_t number;
};
// Sorted by name. `comp` and `icmpv6` are nft's own words (nft(8), inet_proto); `hopopts` and `ipv6-mh` those
// of ip6tables-extensions(8).
static constexpr Name kNames[] = {
    {"ah", 51},          {"ax.25", 93},      {"comp", 108},
    {"dccp", 33},        {"ddp", 37},        {"egp", 8},
    {"eigrp", 88},       {"encap", 98},      {"esp", 50},
    {"etherip", 97},     {"ethernet", 143},  {"fc", 133},
    {"ggp", 3},          {"gre", 47},        {"hip", 139},
    {"hmp", 20},         {"hopopt", 0},      {"hopopts", 0},
    {"icmp", 1},         {"icmpv6", 58},     {"idpr-cmtp", 38},
    {"idrp", 45},        {"igmp", 2},        {"igp", 9},
    {"ip-encap", 4},     {"ipcomp", 108},    {"ipencap", 4},
    {"ipip", 94},        {"ipsec-ah", 51},   {"ipsec-esp", 50},
    {"ipv6", 41},        {"ipv6-frag", 44},  {"ipv6-icmp", 58},
    {"ipv6-mh", 135},    {"ipv6-nonxt", 59}, {"ipv6-opts", 60},
    {"ipv6-route", 43},  {"isis", 124},      {"iso-tp4", 29},
    {"l2tp", 115},       {"manet", 138},     {"mobility-header", 135},
    {"mpls-in-ip", 137}, {"ospf", 89},       {"ospfigp", 89},
    {"pim", 103},        {"pup", 12},        {"rdp", 27},
    {"rohc", 142},       {"rspf", 73},       {"rsvp", 46},
    {"sctp", 132},       {"shim6", 140},     {"skip", 57},
    {"st", 5},           {"tcp", 6},         {"udp", 17},
    {"udplite", 136},    {"vmtp", 81},       {"vrrp", 112},
    {"wesp", 141},       {"xns-idp", 22},    {"xtp", 36},
};

std::optional<ir::Protocol> protocol_named(std::string_view name) {
  const auto found =
      std::lower_bound(std::begin(kNames), std::end(kNames), name,
                       [](const Name& known, std::string_view wanted) { return known.name < wanted; });
  if (found == std::end(kNames) || found->name != name) return std::nullopt;
  return ir::Protocol{found->number};
}

}  // namespace untrack::verify
