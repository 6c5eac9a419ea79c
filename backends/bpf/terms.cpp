#include "backends/bpf/terms.h"

#include <cassert>
#include <map>

#include "support/overloaded.h"

namespace untrack::backends::bpf {

// ---- key sets

std::optional<KeySetId> KeySets::intern(Field field, Ranges ranges) {
  if (ranges.empty()) return std::nullopt;
  if (ranges.front() == Range{0, max_key(field, version_)}) return kEvery;
  return sets_.intern(std::move(ranges));
}

Ranges KeySets::ranges(Field field, KeySetId id) const {
  return id == kEvery ? Ranges{{0, max_key(field, version_)}} : sets_[id];
}

std::optional<KeySetId> KeySets::intersect(Field field, KeySetId a, KeySetId b) {
  if (a == kEvery || a == b) return b;
  if (b == kEvery) return a;
  return intern(field, bpf::intersect(sets_[a], sets_[b]));
}

std::optional<KeySetId> KeySets::without(Field field, KeySetId a, KeySetId b) {
  return intern(field,
                bpf::intersect(ranges(field, a), complement(ranges(field, b), max_key(field, version_))));
}

std::optional<KeySetId> KeySets::addresses(ir::AddressSetId id) {
  addresses_.resize(ruleset_.address_sets.size());
  std::optional<std::optional<KeySetId>>& known = addresses_[id.index];
  if (!known) {
    std::vector<Range> ranges;
    for (const ir::Cidr& each : ruleset_.address_sets[id].prefixes(version_))
      ranges.push_back({each.first(), each.last()});
    known = intern(Field::Source, ranges_of(std::move(ranges)));
  }
  return *known;
}

// ---- rules

namespace {

// Terms that are still being narrowed: a packet is taken if one of them takes it.
using Alternatives = std::vector<std::array<KeySetId, kFields>>;

class Narrowing {
 public:
  Narrowing(KeySets& sets, Class of) : sets_(sets), class_(of) { alternatives_.emplace_back().fill(kEvery); }

  void match(const ir::Match& match);
  Alternatives take() && { return std::move(alternatives_); }

 private:
  bool has_ports() const { return class_ == Class::Tcp || class_ == Class::Udp || class_ == Class::Sctp; }
  std::optional<ir::Protocol> protocol() const;
  void nothing() { alternatives_.clear(); }
  void only(Field field, std::optional<KeySetId> set);
  void not_in(Field field, KeySetId set);
  void protocols(const ir::Match& match);
  void icmp(const ir::Match& match);
  void side(const ir::SideMatch& match, Field address, Field port);
  void ports(const ir::PortMatch& match, Field address, Field port);
  void not_ports(const ir::PortMatch& match, Field address, Field port);
  std::map<ir::Port, Ranges> addresses_by_port(const ir::PortMatch& match) const;

  KeySets& sets_;
  Class class_;
  Alternatives alternatives_;
};

Ranges range_of(Key first, Key last) {
  return {{first, last}};
}

Ranges ranges_of(const ir::PortSet& ports) {
  Ranges result;
  for (const ir::PortRange& each : ports.ranges()) result.push_back({each.first, each.last});
  return result;
}

Ranges ranges_of(const ir::IcmpMatch& icmp) {
  const Key first = Key{icmp.type} * 256;
  return icmp.code ? range_of(first + *icmp.code, first + *icmp.code) : range_of(first, first + 255);
}

// That of all packets of the class; bare ones have any.
std::optional<ir::Protocol> Narrowing::protocol() const {
  switch (class_) {
    case Class::Bare: return std::nullopt;
    case Class::Tcp: return ir::kTcp;
    case Class::Udp: return ir::kUdp;
    case Class::Sctp: return ir::kSctp;
    case Class::Icmp: return sets_.version() == ir::IpVersion::V4 ? ir::kIcmp : ir::kIcmp6;
  }
  return std::nullopt;
}

void Narrowing::only(Field field, std::optional<KeySetId> set) {
  if (!set) return nothing();
  Alternatives narrowed;
  for (auto& each : alternatives_) {
    KeySetId& keys = each[static_cast<std::size_t>(field)];
    const std::optional<KeySetId> both = sets_.intersect(field, keys, *set);
    if (!both) continue;
    keys = *both;
    narrowed.push_back(each);
  }
  alternatives_ = std::move(narrowed);
}

void Narrowing::not_in(Field field, KeySetId set) {
  only(field, sets_.without(field, kEvery, set));
}

void Narrowing::protocols(const ir::Match& match) {
  const std::optional<ir::Protocol> known = protocol();
  if (known) {
    if ((match.protocol && *match.protocol != *known) ||
        (match.not_protocol && *match.not_protocol == *known))
      nothing();
    return;
  }
  const auto set = [&](ir::Protocol each) {
    return *sets_.intern(Field::Protocol, range_of(each.number, each.number));
  };
  if (match.protocol) only(Field::Protocol, set(*match.protocol));
  if (match.not_protocol) not_in(Field::Protocol, set(*match.not_protocol));
}

void Narrowing::icmp(const ir::Match& match) {
  if (class_ != Class::Icmp) {
    if (match.icmp) nothing();
    return;
  }
  if (match.icmp) only(Field::Icmp, sets_.intern(Field::Icmp, ranges_of(*match.icmp)));
  if (match.not_icmp) not_in(Field::Icmp, *sets_.intern(Field::Icmp, ranges_of(*match.not_icmp)));
}

// The sockets of the class, by port.
std::map<ir::Port, Ranges> Narrowing::addresses_by_port(const ir::PortMatch& match) const {
  std::map<ir::Port, Ranges> result;
  for (const ir::SocketSetId id : match.sockets) {
    for (const ir::SocketAddress& each : sets_.ruleset().socket_sets[id].members()) {
      if (each.protocol != protocol() || each.address.version() != sets_.version()) continue;
      result[each.port].push_back({each.address.bits(), each.address.bits()});
    }
  }
  for (auto& [port, addresses] : result) addresses = bpf::ranges_of(std::move(addresses));
  return result;
}

// A port of the numbers; or, for each port, one of the addresses that have a socket there.
void Narrowing::ports(const ir::PortMatch& match, Field address, Field port) {
  const Alternatives before = alternatives_;
  only(port, sets_.intern(port, ranges_of(match.numbers)));
  Alternatives all = std::move(alternatives_);
  for (auto& [number, addresses] : addresses_by_port(match)) {
    alternatives_ = before;
    only(port, sets_.intern(port, range_of(number, number)));
    only(address, sets_.intern(address, addresses));
    all.insert(all.end(), alternatives_.begin(), alternatives_.end());
  }
  alternatives_ = std::move(all);
}

// A port of no number and no socket; or that of a socket, and an address that has none there.
void Narrowing::not_ports(const ir::PortMatch& match, Field address, Field port) {
  const std::optional<KeySetId> numbers = sets_.intern(port, ranges_of(match.numbers));
  if (numbers) not_in(port, *numbers);
  const Alternatives before = alternatives_;
  const std::map<ir::Port, Ranges> by_port = addresses_by_port(match);
  Ranges socket_ports;
  for (const auto& [number, addresses] : by_port) socket_ports.push_back({number, number});
  if (const auto set = sets_.intern(port, bpf::ranges_of(std::move(socket_ports)))) not_in(port, *set);
  Alternatives all = std::move(alternatives_);
  for (const auto& [number, addresses] : by_port) {
    alternatives_ = before;
    only(port, sets_.intern(port, range_of(number, number)));
    if (const auto set = sets_.intern(address, addresses)) not_in(address, *set);
    all.insert(all.end(), alternatives_.begin(), alternatives_.end());
  }
  alternatives_ = std::move(all);
}

void Narrowing::side(const ir::SideMatch& match, Field address, Field port) {
  for (const ir::AddressSetId id : match.in) only(address, sets_.addresses(id));
  for (const ir::AddressSetId id : match.not_in) {
    if (const std::optional<KeySetId> set = sets_.addresses(id)) not_in(address, *set);
  }
  if (!has_ports()) {
    if (match.ports) nothing();
    return;
  }
  if (match.ports) ports(*match.ports, address, port);
  if (!match.not_ports.empty()) not_ports(match.not_ports, address, port);
}

void Narrowing::match(const ir::Match& match) {
  if (match.ip_version && *match.ip_version != sets_.version()) return nothing();
  protocols(match);
  icmp(match);
  side(match.source, Field::Source, Field::SourcePort);
  side(match.destination, Field::Destination, Field::DestinationPort);
}

Outcome outcome_of(const ir::Action& action) {
  return std::visit(overloaded{[](const ir::Untrack&) { return Outcome::Untrack; },
                               [](const ir::Drop&) { return Outcome::Drop; },
                               [](const ir::Track&) { return Outcome::Track; },
                               [](const ir::NextBlock&) { return Outcome::NextBlock; },
                               [](const ir::LogPacket&) {
                                 assert(false && "a policy with log rules is refused");
                                 return Outcome::Track;
                               }},
                    action);
}

}  // namespace

std::vector<Term> terms(KeySets& sets, const ir::InterfaceHook& hook, Class of) {
  std::vector<Term> result;
  for (std::uint32_t block = 0; block < hook.blocks.size(); ++block) {
    for (const ir::Rule& rule : hook.blocks[block].rules) {
      Narrowing narrowing(sets, of);
      narrowing.match(rule.match);
      for (const auto& in : std::move(narrowing).take())
        result.push_back({in, outcome_of(rule.action), block});
    }
  }
  return result;
}

}  // namespace untrack::backends::bpf
