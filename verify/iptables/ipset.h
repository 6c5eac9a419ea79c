// The sets that an ipset restore file leaves behind (ipset(8)).
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/address.h"
#include "verify/lookup.h"

namespace untrack::verify::iptables {

// What one dimension of a set is made of, and so how `src` or `dst` picks it from a packet.
enum class Part : std::uint8_t {
  Address,     // `ip` and `net`: one field
  Port,        // `port` of the hash types: two fields, the protocol and the port or ICMP type and code
  BitmapPort,  // of bitmap:port: one field
};
std::size_t field_count(Part part);

struct IpSet {
  std::string type;                      // `hash:net`
  std::vector<Part> parts;               // empty for list:set
  std::optional<ir::IpVersion> version;  // absent: bitmap:port and list:set serve both
  std::uint64_t capacity = 0, used = 0;  // in the kernel's elements: a port range is as many as it has ports
  Range range{0, 0xffff};                // of a bitmap: others are never members, and no error to test
  int slot_bits = 32;                // of a bitmap:ip, `netmask`: addresses that begin alike are one member
  std::vector<Values> elements;      // the fields of all parts, in order
  std::vector<std::string> members;  // of a list:set
  std::uint32_t line = 0;
};
using IpSets = std::map<std::string, IpSet, std::less<>>;

// The commands run in order, on a host without sets. Throws Refused.
IpSets parse_ipsets(std::string_view text);

}  // namespace untrack::verify::iptables
