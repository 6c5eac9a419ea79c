// Which packets several rules may take, roughly and on the safe side: by protocol and ports alone.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>

#include "ir/ruleset.h"

namespace untrack::backends::iptables {

class Footprint {
 public:
  void add(const ir::Ruleset& ruleset, const ir::Rule& rule);
  // No packet meets the rule and one of those added, or it does not matter in which order.
  bool commutes(const ir::Ruleset& ruleset, const ir::Rule& rule) const;

 private:
  // Disjoint ranges, by first port.
  class Ports {
   public:
    void add(ir::PortRange range);
    bool overlaps(ir::PortRange range) const;

   private:
    std::map<std::uint32_t, std::uint32_t> ranges_;
  };
  // Of the packets of one protocol, or of all protocols without ports.
  struct Region {
    Ports source, destination;
  };
  static constexpr std::size_t kRegions = 4;  // tcp, udp, sctp, others
  using Regions = std::array<Region, kRegions>;

  struct Box;
  static Box box(const ir::Ruleset& ruleset, const ir::Rule& rule);
  static bool overlaps(const Regions& regions, const Box& box);

  std::map<std::size_t, Regions> by_action_;
};

}  // namespace untrack::backends::iptables
