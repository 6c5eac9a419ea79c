// Policies of a known size for interface `in0`, and packets that meet them.
#pragma once
#include <string>
#include <vector>

#include "ir/ruleset.h"

namespace untrack::bench {

struct Workload {
  std::string name;
  ir::Ruleset ruleset;
  std::vector<ir::Packet> packets;  // all different
};

enum class Hit { Yes, No };

inline constexpr std::size_t kFewPackets = 4096, kManyPackets = 65'536;
struct ServiceShape {
  bool failsafes = false;
  std::vector<int> lengths = {24};  // of the nets, each as often; up to 25
  std::size_t packets = kFewPackets;
};
// `count` services: protocol and port, three nets as sources, Allow; ports that are not neighbours. Packets
// are spread evenly over the rules, or go to ports of none.
Workload services(std::size_t count, Hit hit, const ServiceShape& shape = {});

// `count` nets are denied, then one udp port is allowed to all. Packets are allowed, or (hit) denied.
Workload block_list(std::size_t count, Hit hit);

// `count` rules about both sides: from two nets to one, Allow. Packets are from a rule's nets to its own, or
// to none of any rule.
Workload pairs(std::size_t count, Hit hit);

// `count` rules without any order in them: a net of any length, tcp or udp, a port or a range, Allow or Deny;
// one in ten names no port, another one no net. To be written and loaded; there are no packets.
Workload mixed_rules(std::size_t count);

}  // namespace untrack::bench
