// The rules of both IP versions and the sets that they look into, as one.
#pragma once
#include <optional>
#include <string_view>

#include "verify/iptables/ipset.h"
#include "verify/iptables/rules.h"
#include "verify/programs.h"
#include "verify/reading.h"

namespace untrack::verify::iptables {

struct Files {
  IpSets sets;
  RuleFile v4, v6;
};

// Every set that rules look into exists, and fits; the files write one bit of the packet mark, and test one.
// Throws Refused.
void check_sets(const RuleFile& file, const IpSets& sets, ir::IpVersion version);
void check_one_mark(const RuleFile& v4, const RuleFile& v6);

std::optional<MarkBit> mark_of(const Files& files);         // that is written
std::optional<MarkBit> tested_mark_of(const Files& files);  // that is tested
std::vector<std::string> interfaces_of(const Files& files);

// Without a program the bit that rules test may stand in any packet, and a program that they ask say either.
struct Programs {
  std::optional<Before> before;
  std::optional<Asked> asked;
};
ir::PacketMap effects(const Files& files, ir::PacketSpace& space, ir::EffectTable& table,
                      ir::Direction direction, std::string_view interface_name,
                      const Programs& programs = {});

}  // namespace untrack::verify::iptables
