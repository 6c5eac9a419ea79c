// Policies of a known size for interface `in0`, and packets that meet them.
#pragma once
#include <string>
#include <vector>

#include "ir/ruleset.h"

namespace untrack::bench {

struct Workload {
  std::string name;
  ir::Ruleset ruleset;
  std::vector<ir::Packet> packets;  // 4096 different ones
};

enum class Hit { Yes, No };

// `count` services: protocol and port, three /24 nets as sources, Allow. Packets spread evenly over the
// rules, or go to ports of none.
Workload services(std::size_t count, Hit hit, bool failsafes = false);

// `count` nets are denied, then one udp port is allowed to all. Packets are allowed, or (hit) denied.
Workload block_list(std::size_t count, Hit hit);

}  // namespace untrack::bench
