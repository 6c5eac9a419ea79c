#include "backends/iptables/match.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <iterator>
#include <span>
#include <utility>

#include "backends/iptables/costs.h"

namespace untrack::backends::iptables {

static ir::Protocol icmp_of(ir::IpVersion version) {
  return version == ir::IpVersion::V4 ? ir::kIcmp : ir::kIcmp6;
}

static bool add_protocol(Conditions& conditions, const ir::Match& match) {
  // `-p 0` means every protocol (IPT_F_PROTO in ip_tables.h); Calico refuses the number 0 as well.
  assert((!match.protocol || match.protocol->number != 0) && "the front end refuses protocol 0");
  assert((!match.not_protocol || match.not_protocol->number != 0) && "the front end refuses protocol 0");
  if (match.protocol) {
    if (match.protocol == match.not_protocol) return false;
    conditions.push_back(ProtocolIs{*match.protocol, false});
  } else if (match.not_protocol) {
    conditions.push_back(ProtocolIs{*match.not_protocol, true});  // iptables takes one -p a rule
  }
  return true;
}

static bool add_icmp(Conditions& conditions, SetStore& sets, const ir::Match& match, ir::IpVersion version) {
  const bool possible = !match.protocol || match.protocol == icmp_of(version);
  if (match.icmp && !possible) return false;
  if (!possible) return true;
  if (match.icmp)
    conditions.push_back(InSet{sets.icmp(*match.icmp, version), {Side::Source, Side::Source}, false});
  if (match.not_icmp)
    conditions.push_back(InSet{sets.icmp(*match.not_icmp, version), {Side::Source, Side::Source}, true});
  return true;
}

static bool covers_everything(std::span<const ir::Cidr> prefixes) {
  return prefixes.size() == 1 && prefixes[0].prefix_bits() == 0;
}

// A cheap condition, which most packets fail.
static bool asks_for_one_net(const ir::Ruleset& ruleset, const ir::Match& match, ir::IpVersion version) {
  return std::ranges::any_of(std::array{&match.source, &match.destination}, [&](const ir::SideMatch* side) {
    return std::ranges::any_of(side->in, [&](ir::AddressSetId id) {
      const auto prefixes = ruleset.address_sets[id].prefixes(version);
      return prefixes.size() == 1 && prefixes[0].prefix_bits() > 0;
    });
  });
}

// The first set of one prefix, or of a few, becomes -s or -d, of which a rule takes one each; all others are
// sets. Adds to each of the alternatives, or makes more of them.
static bool add_addresses(std::vector<Conditions>& alternatives, SetStore& sets, Side side,
                          const ir::SideMatch& match, ir::IpVersion version, ShortLists lists) {
  bool option_taken = false;
  const auto add = [&](ir::AddressSetId id, std::span<const ir::Cidr> prefixes, bool negated) {
    const std::size_t most = negated || lists == ShortLists::Sets ? 1 : kNetsAsRules / alternatives.size();
    if (option_taken || prefixes.size() > std::max<std::size_t>(1, most)) {
      for (Conditions& each : alternatives)
        each.push_back(InSet{sets.addresses(id, version), {side}, negated});
      return;
    }
    option_taken = true;
    std::vector<Conditions> made;
    for (const Conditions& each : alternatives) {
      for (const ir::Cidr& prefix : prefixes) {
        const Condition one = AddressIs{side, prefix, negated};
        made.push_back(each);
        made.back().push_back(one);
      }
    }
    alternatives = std::move(made);
  };
  for (const ir::AddressSetId id : match.in) {
    const auto prefixes = sets.ruleset().address_sets[id].prefixes(version);
    if (prefixes.empty()) return false;
    if (!covers_everything(prefixes)) add(id, prefixes, false);
  }
  for (const ir::AddressSetId id : match.not_in) {
    const auto prefixes = sets.ruleset().address_sets[id].prefixes(version);
    if (covers_everything(prefixes)) return false;
    if (!prefixes.empty()) add(id, prefixes, true);
  }
  return true;
}

// ---- ports: numbers or sockets, the one place where a match is a choice

// The ways to be in `ports`, each without negation.
static std::vector<InSet> port_choices(SetStore& sets, Side side, const ir::PortMatch& ports,
                                       const std::optional<ir::Protocol>& protocol, ir::IpVersion version) {
  std::vector<InSet> choices;
  const bool tcp_udp = !protocol || protocol == ir::kTcp || protocol == ir::kUdp;
  const bool sctp = !protocol || protocol == ir::kSctp;
  if (!ports.numbers.empty() && tcp_udp)
    choices.push_back({sets.tcp_udp_ports(ports.numbers), {side}, false});
  if (!ports.numbers.empty() && sctp)
    choices.push_back({sets.sctp_ports(ports.numbers, version), {side, side}, false});
  for (const ir::SocketSetId id : ports.sockets) {
    if (!sets.members(id, version).empty())
      choices.push_back({sets.sockets(id, version), {side, side}, false});
  }
  return choices;
}

static InSet negation(InSet choice) {
  choice.negated = true;
  return choice;
}

// Each choice without those before it, so that no packet takes two.
static std::vector<Conditions> disjoint(const std::vector<InSet>& choices) {
  std::vector<Conditions> alternatives;
  Conditions none_before;
  for (const InSet& choice : choices) {
    alternatives.push_back({choice});
    std::ranges::copy(none_before, std::back_inserter(alternatives.back()));
    none_before.push_back(negation(choice));
  }
  return alternatives;
}

static std::vector<Conditions> port_alternatives(SetStore& sets, Side side, const ir::SideMatch& match,
                                                 const std::optional<ir::Protocol>& protocol,
                                                 ir::IpVersion version) {
  const bool possible = !protocol || ir::has_ports(*protocol);
  if (match.ports && !possible) return {};
  std::vector<Conditions> alternatives = {{}};
  if (match.ports) alternatives = disjoint(port_choices(sets, side, *match.ports, protocol, version));
  if (!possible) return alternatives;  // negated ports always hold for packets without ports
  for (const InSet& choice : port_choices(sets, side, match.not_ports, protocol, version)) {
    for (Conditions& alternative : alternatives) alternative.push_back(negation(choice));
  }
  return alternatives;
}

std::vector<Conditions> alternatives(SetStore& sets, const ir::Match& match, ir::IpVersion version,
                                     ShortLists lists) {
  if (match.ip_version && *match.ip_version != version) return {};
  if (asks_for_one_net(sets.ruleset(), match, version)) lists = ShortLists::Sets;
  Conditions before;  // the ports: cheap conditions go first
  std::vector<Conditions> after = {{}};
  if (!add_protocol(before, match) || !add_icmp(before, sets, match, version) ||
      !add_addresses(after, sets, Side::Source, match.source, version, lists) ||
      !add_addresses(after, sets, Side::Destination, match.destination, version, lists)) {
    return {};
  }
  const auto by_source = port_alternatives(sets, Side::Source, match.source, match.protocol, version);
  const auto by_destination =
      port_alternatives(sets, Side::Destination, match.destination, match.protocol, version);
  std::vector<Conditions> result;
  for (const Conditions& destination : by_destination) {
    for (const Conditions& source : by_source) {
      for (const Conditions& addresses : after) {
        Conditions& all = result.emplace_back(before);
        for (const Conditions* part : {&destination, &source, &addresses})
          std::ranges::copy(*part, std::back_inserter(all));
      }
    }
  }
  return result;
}

bool of_version(const ir::Ruleset& ruleset, const ir::Match& match, ir::IpVersion version) {
  if (match.ip_version && match.ip_version != version) return false;
  const auto without = [&](ir::AddressSetId id) {
    return ruleset.address_sets[id].prefixes(version).empty();
  };
  return std::ranges::none_of(match.source.in, without) &&
         std::ranges::none_of(match.destination.in, without);
}

}  // namespace untrack::backends::iptables
