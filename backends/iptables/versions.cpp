#include "backends/iptables/versions.h"

#include <algorithm>

#include "support/overloaded.h"

namespace untrack::backends::iptables {

// ipset: "Completely rewritten", with the types of today, by the kernel's own modules.
static constexpr Need kSets{Tool::Ipset, {{6, 0}}, "sets of type hash:net, hash:ip,port and bitmap:ip"};
static constexpr Need kSctp{Tool::Ipset, {{6, 1}}, "SCTP in sets of ports"};
static constexpr Need kBitmapPort{Tool::Ipset, {{6, 6}}, "restoring sets of type bitmap:port"};
static constexpr Need kIcmp{Tool::Ipset, {{6, 10}}, "ICMP types and codes in sets"};
static constexpr Need kSetsInKernel{
    Tool::Kernel, {{2, 6, 39}}, "ipset"};  // libxt_SET.man: "the case since Linux 2.6.39"

static constexpr Need kNotrack{Tool::Iptables, {{1, 4, 8}}, "`CT --notrack`"};
static constexpr Need kMatchSet{Tool::Iptables, {{1, 4, 11}}, "`-m set` with the sets of ipset 6"};
static constexpr Need kNotrackInKernel{Tool::Kernel, {{2, 6, 34}}, "`CT --notrack`"};  // xt_CT.c

static const Need& need(const NetPortElement& element) {
  if (element.protocol == ir::kSctp) return kSctp;
  return ir::has_ports(element.protocol) ? kSets : kIcmp;
}

static const Need& newest(const std::vector<const Need*>& needs) {
  return **std::ranges::max_element(needs, {}, [](const Need* each) { return each->least; });
}

std::vector<Need> needs_of_sets(const std::vector<Set>& sets) {
  std::vector<const Need*> all = {&kSets};
  for (const Set& set : sets) {
    std::visit(overloaded{[&](const BitmapPort&) { all.push_back(&kBitmapPort); }, [](const HashNet&) {},
                          [](const BitmapIp&) {},
                          [&](const HashNetPort& elements) {
                            for (const NetPortElement& each : elements) all.push_back(&need(each));
                          },
                          [&](const HashIpPort& elements) {
                            for (const SocketElement& each : elements)
                              all.push_back(each.socket.protocol == ir::kSctp ? &kSctp : &kSets);
                          }},
               set.elements);
  }
  return {newest(all), kSetsInKernel};
}

std::vector<Need> needs_of_table(const Table& table) {
  const bool looks_into_sets = std::ranges::any_of(table.chains, [](const Chain& chain) {
    return std::ranges::any_of(chain.rules, [](const Rule& rule) {
      return std::ranges::any_of(rule.conditions,
                                 [](const Condition& each) { return std::holds_alternative<InSet>(each); });
    });
  });
  return {looks_into_sets ? kMatchSet : kNotrack, kNotrackInKernel};
}

}  // namespace untrack::backends::iptables
