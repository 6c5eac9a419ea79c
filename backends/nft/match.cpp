#include "backends/nft/match.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <span>
#include <string>

#include "backends/nft/costs.h"
#include "backends/nft/lengths.h"
#include "support/overloaded.h"

namespace untrack::backends::nft {

static std::string version_digit(ir::IpVersion version) {
  return version == ir::IpVersion::V4 ? "4" : "6";
}

// ---- sets

void SetStore::add(Set set) {
  if (known_.insert(set.name).second) sets_.push_back(std::move(set));
}

// By length, where hash tables pay; else nothing.
static std::map<int, InlinePrefixes> by_length(std::span<const ir::Cidr> prefixes) {
  const std::map<int, int> lengths = hashed_lengths(ir::count_lengths(prefixes));
  if (!hashes_pay(prefixes.size(), count_tables(lengths))) return {};
  std::map<int, InlinePrefixes> tables;
  for (const ir::Cidr& prefix : prefixes) {
    const int bits = lengths.at(prefix.prefix_bits());
    std::ranges::copy(ir::split(prefix, bits), std::back_inserter(tables[bits]));
  }
  return tables;
}

std::string SetStore::comment(ir::AddressSetId id) const {
  const bool described = with_comments_ && id.index < ruleset_.address_set_origins.size();
  return described ? ruleset_.address_set_origins[id.index] : "";
}

std::vector<AddressIn> SetStore::addresses(ir::AddressSetId id, ir::IpVersion version) {
  const std::span<const ir::Cidr> prefixes = ruleset_.address_sets[id].prefixes(version);
  InlinePrefixes list(prefixes.begin(), prefixes.end());
  if (list.size() <= kInlineElements) return {{Side::Source, version, std::move(list), false, {}}};
  const SetName name = "net" + version_digit(version) + "-" + std::to_string(id.index);
  auto lengths = by_length(prefixes);
  if (lengths.empty()) {
    add({name, version, std::move(list), {}, comment(id)});
    return {{Side::Source, version, name, false, {}}};
  }
  std::vector<AddressIn> ways;
  for (auto& [bits, same_length] : lengths) {
    ways.push_back({Side::Source, version, name + "-" + std::to_string(bits), false, bits});
    add({std::get<SetName>(ways.back().addresses), version, std::move(same_length), bits, comment(id)});
  }
  return ways;
}

std::variant<InlineSockets, SetName> SetStore::sockets(ir::SocketSetId id, ir::IpVersion version) {
  InlineSockets list;
  // A socket of a protocol without ports matches no packet (ir/ruleset.h).
  std::ranges::copy_if(ruleset_.socket_sets[id].members(), std::back_inserter(list),
                       [&](const ir::SocketAddress& s) {
                         return s.address.version() == version && ir::has_ports(s.protocol);
                       });
  if (list.size() <= kInlineElements) return list;
  const SetName name = "socket" + version_digit(version) + "-" + std::to_string(id.index);
  add({name, version, std::move(list), {}, ""});
  return name;
}

SetName SetStore::ports(const ir::PortSet& ports) {
  const auto [place, fresh] =
      port_sets_.try_emplace(ports.ranges(), "ports-" + std::to_string(port_sets_.size()));
  if (fresh) add({place->second, ir::IpVersion::V4, ports, {}, ""});
  return place->second;
}

// ---- the parts of a match. Each adds to `conditions`, or says that nothing can match.

std::optional<ir::Protocol> protocol_of(HeaderClass header_class, ir::IpVersion version) {
  switch (header_class) {
    case HeaderClass::Tcp: return ir::kTcp;
    case HeaderClass::Udp: return ir::kUdp;
    case HeaderClass::Sctp: return ir::kSctp;
    case HeaderClass::Icmp: return version == ir::IpVersion::V4 ? ir::kIcmp : ir::kIcmp6;
    case HeaderClass::Bare: return std::nullopt;
  }
  return std::nullopt;
}

static bool add_protocol(Conditions& conditions, const ir::Match& match, ir::IpVersion version,
                         HeaderClass header_class) {
  if (match.protocol && match.protocol == match.not_protocol) return false;
  if (const auto known = protocol_of(header_class, version)) {
    return (!match.protocol || match.protocol == known) && match.not_protocol != known;
  }
  if (match.protocol) {
    conditions.push_back(ProtocolIs{*match.protocol, false});
  } else if (match.not_protocol) {
    conditions.push_back(ProtocolIs{*match.not_protocol, true});
  }
  return true;
}

static bool add_icmp(Conditions& conditions, const ir::Match& match, ir::IpVersion version,
                     HeaderClass header_class) {
  if (header_class != HeaderClass::Icmp) return !match.icmp;
  if (match.icmp) conditions.push_back(IcmpIs{version, *match.icmp, false});
  if (match.not_icmp) conditions.push_back(IcmpIs{version, *match.not_icmp, true});
  return true;
}

static bool covers_everything(std::span<const ir::Cidr> prefixes) {
  return prefixes.size() == 1 && prefixes[0].prefix_bits() == 0;
}

// Each alternative with each of the ways.
static void choose_one(std::vector<Conditions>& alternatives, const std::vector<AddressIn>& ways) {
  std::vector<Conditions> result;
  for (const Conditions& alternative : alternatives) {
    for (const AddressIn& way : ways) {
      result.push_back(alternative);
      result.back().push_back(way);
    }
  }
  alternatives = std::move(result);
}

// Each alternative with none of the ways.
static void exclude_all(std::vector<Conditions>& alternatives, std::vector<AddressIn> ways) {
  for (AddressIn& way : ways) {
    way.negated = true;
    for (Conditions& alternative : alternatives) alternative.push_back(way);
  }
}

static bool add_addresses(std::vector<Conditions>& alternatives, SetStore& sets, Side side,
                          const ir::SideMatch& match, ir::IpVersion version) {
  const auto prefixes = [&](ir::AddressSetId id) {
    return sets.ruleset().address_sets[id].prefixes(version);
  };
  const auto ways = [&](ir::AddressSetId id) {
    std::vector<AddressIn> all = sets.addresses(id, version);
    for (AddressIn& way : all) way.side = side;
    return all;
  };
  for (const ir::AddressSetId id : match.in) {
    if (prefixes(id).empty()) return false;
    if (!covers_everything(prefixes(id))) choose_one(alternatives, ways(id));
  }
  for (const ir::AddressSetId id : match.not_in) {
    if (prefixes(id).empty()) continue;
    if (covers_everything(prefixes(id))) return false;
    exclude_all(alternatives, ways(id));
  }
  return true;
}

// ---- ports: numbers or sockets, the one place where a match is a choice

static bool empty(const std::variant<InlineSockets, SetName>& sockets) {
  const auto* list = std::get_if<InlineSockets>(&sockets);
  return list != nullptr && list->empty();
}

// The ways to be in `ports`, each without negation.
static Conditions port_choices(SetStore& sets, Side side, const ir::PortMatch& ports, ir::IpVersion version,
                               ir::Protocol protocol) {
  Conditions choices;
  if (!ports.numbers.empty()) choices.push_back(PortIn{side, protocol, ports.numbers, false});
  for (const ir::SocketSetId id : ports.sockets) {
    auto sockets = sets.sockets(id, version);
    if (!empty(sockets)) choices.push_back(SocketIn{side, protocol, version, std::move(sockets), false});
  }
  return choices;
}

static Condition negation(Condition condition) {
  if (auto* port = std::get_if<PortIn>(&condition)) port->negated = true;
  if (auto* socket = std::get_if<SocketIn>(&condition)) socket->negated = true;
  return condition;
}

// Each choice without those before it, so that no packet takes two.
static std::vector<Conditions> disjoint(const Conditions& choices) {
  std::vector<Conditions> alternatives;
  Conditions none_before;
  for (const Condition& choice : choices) {
    alternatives.push_back({choice});
    std::ranges::copy(none_before, std::back_inserter(alternatives.back()));
    none_before.push_back(negation(choice));
  }
  return alternatives;
}

static std::vector<Conditions> port_alternatives(SetStore& sets, Side side, const ir::SideMatch& match,
                                                 ir::IpVersion version, HeaderClass header_class) {
  std::vector<Conditions> alternatives = {{}};
  if (match.ports && !has_ports(header_class)) return {};
  if (!has_ports(header_class)) return alternatives;  // negated ports always hold for packets without ports
  const ir::Protocol protocol = *protocol_of(header_class, version);
  if (match.ports) alternatives = disjoint(port_choices(sets, side, *match.ports, version, protocol));
  for (const Condition& choice : port_choices(sets, side, match.not_ports, version, protocol)) {
    for (Conditions& alternative : alternatives) alternative.push_back(negation(choice));
  }
  return alternatives;
}

std::vector<Conditions> alternatives(SetStore& sets, const ir::Match& match, ir::IpVersion version,
                                     HeaderClass header_class) {
  if (match.ip_version && *match.ip_version != version) return {};
  Conditions before;  // the ports: cheap conditions go first
  std::vector<Conditions> after = {{}};
  if (!add_protocol(before, match, version, header_class) ||
      !add_icmp(before, match, version, header_class) ||
      !add_addresses(after, sets, Side::Source, match.source, version) ||
      !add_addresses(after, sets, Side::Destination, match.destination, version)) {
    return {};
  }
  const auto by_source = port_alternatives(sets, Side::Source, match.source, version, header_class);
  const auto by_destination =
      port_alternatives(sets, Side::Destination, match.destination, version, header_class);
  std::vector<Conditions> result;
  for (const Conditions& destination : by_destination) {
    for (const Conditions& source : by_source) {
      for (const Conditions& addresses : after) {
        result.push_back(before);
        for (const Conditions* part : {&destination, &source, &addresses}) {
          std::ranges::copy(*part, std::back_inserter(result.back()));
        }
      }
    }
  }
  return result;
}

}  // namespace untrack::backends::nft
