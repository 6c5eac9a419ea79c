#include "backends/iptables/services.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>

#include "backends/iptables/port_classes.h"

namespace untrack::backends::iptables {

static const ir::SideMatch& other_side_of(const ir::Match& match, Side side) {
  return side_of(match, side == Side::Source ? Side::Destination : Side::Source);
}

static bool only_numbers(const ir::SideMatch& side) {
  return side.ports && side.ports->sockets.empty() && !side.ports->numbers.empty();
}

std::optional<Shape> service_shape(const ir::Ruleset& ruleset, const ir::Match& match,
                                   ir::IpVersion version) {
  const bool plain = match.protocol && ir::has_ports(*match.protocol) && !match.not_protocol && !match.icmp &&
                     !match.not_icmp && match.source.not_ports.empty() &&
                     match.destination.not_ports.empty() && match.source.not_in.empty() &&
                     match.destination.not_in.empty();
  if (!plain || (match.ip_version && match.ip_version != version)) return std::nullopt;
  Shape shape{Form::Services, Side::Destination, Side::Source};
  if (!match.destination.ports) shape.ports = Side::Source;
  if (match.source.in.empty()) shape.addresses = Side::Destination;
  const ir::SideMatch& addresses = side_of(match, shape.addresses);
  const bool alone = !other_side_of(match, shape.ports).ports && only_numbers(side_of(match, shape.ports)) &&
                     other_side_of(match, shape.addresses).in.empty() && addresses.in.size() == 1;
  if (!alone || ruleset.address_sets[addresses.in.front()].prefixes(version).empty()) return std::nullopt;
  return shape;
}

std::span<const ir::Cidr> nets_of(const ir::Ruleset& ruleset, const ir::Match& match, const Shape& shape,
                                  ir::IpVersion version) {
  return ruleset.address_sets[side_of(match, shape.addresses).in.front()].prefixes(version);
}

std::size_t service_elements(const ir::Ruleset& ruleset, const ir::Match& match, const Shape& shape,
                             ir::IpVersion version) {
  return nets_of(ruleset, match, shape, version).size() * side_of(match, shape.ports).ports->numbers.count();
}

std::optional<Shape> nets_shape(const ir::Ruleset& ruleset, const ir::Match& match, ir::IpVersion version) {
  const ir::SideMatch &source = match.source, &destination = match.destination;
  const bool plain = !match.not_protocol && !match.icmp && !match.not_icmp && !source.ports &&
                     !destination.ports && source.not_ports.empty() && destination.not_ports.empty() &&
                     source.not_in.empty() && destination.not_in.empty() &&
                     source.in.size() + destination.in.size() == 1;
  if (!plain || (match.ip_version && match.ip_version != version)) return std::nullopt;
  const Shape shape{Form::Nets, Side::Destination, source.in.empty() ? Side::Destination : Side::Source,
                    match.protocol};
  if (nets_of(ruleset, match, shape, version).empty()) return std::nullopt;
  return shape;
}

namespace {

// Addresses that some rule has taken.
class Taken {
 public:
  // Those of the net that are left; they are taken now.
  std::vector<ir::Cidr> take(const ir::Cidr& net) {
    std::vector<std::pair<ir::AddressBits, ir::AddressBits>> left;
    ir::AddressBits first = net.first();
    bool open = true;
    auto at = ranges_.upper_bound(first);
    if (at != ranges_.begin() && std::prev(at)->second >= first) --at;
    for (; open && at != ranges_.end() && at->first <= net.last(); ++at) {
      if (first < at->first) left.emplace_back(first, at->first - 1);
      open = at->second < net.last();
      first = at->second + 1;  // wraps only where nothing is left open
    }
    if (open) left.emplace_back(first, net.last());
    std::vector<ir::Cidr> nets;
    for (const auto& [from, to] : left) {
      ranges_.emplace(from, to);
      std::ranges::copy(ir::prefixes_of(net.version(), from, to), std::back_inserter(nets));
    }
    return nets;
  }

 private:
  std::map<ir::AddressBits, ir::AddressBits> ranges_;  // disjoint: first and last
};

}  // namespace

namespace {

class Resolving {
 public:
  Resolving(const ir::Ruleset& ruleset, const Group& group, ir::IpVersion version)
      : ruleset_(ruleset), group_(group), version_(version) {
    for (const ir::Rule* rule : group.rules) set_of_rule_.push_back(set_for(rule));
  }

  std::optional<std::vector<ServiceSet>> sets() {
    for (const ir::Protocol protocol : {ir::kTcp, ir::kUdp, ir::kSctp}) {
      if (!add_protocol(protocol)) return std::nullopt;
    }
    std::erase_if(sets_, [](const ServiceSet& set) { return set.elements.empty(); });
    return std::move(sets_);
  }

 private:
  struct Share {
    std::size_t set;
    std::vector<ir::Cidr> nets;
  };

  std::size_t set_for(const ir::Rule* rule) {
    auto found = std::ranges::find(sets_, rule->action, &ServiceSet::action);
    if (found == sets_.end()) found = sets_.insert(found, {rule->action, {}, {}});
    found->rules.push_back(rule);
    return static_cast<std::size_t>(found - sets_.begin());
  }

  bool add_protocol(ir::Protocol protocol) {
    std::vector<ir::PortSet> ports;
    for (const ir::Rule* rule : group_.rules) {
      const bool mine = rule->match.protocol == protocol;
      ports.push_back(mine ? side_of(rule->match, group_.shape.ports).ports->numbers : ir::PortSet());
    }
    const auto classes = port_classes(ports, kMostServiceElements);
    if (!classes) return false;
    for (const PortClass& each : *classes) {
      for (const Share& share : shares(each.lists)) {
        count_ += share.nets.size() * (each.ports.last - each.ports.first + 1u);
        if (count_ > kMostServiceElements) return false;
        for (const ir::Cidr& net : share.nets)
          sets_[share.set].elements.push_back({net, protocol, each.ports});
      }
    }
    return true;
  }

  // What becomes of the addresses that some rules, in order, name.
  const std::vector<Share>& shares(const std::vector<std::uint32_t>& rules) {
    const auto [place, is_new] = shares_.try_emplace(rules);
    if (!is_new) return place->second;
    Taken taken;
    for (const std::uint32_t rule : rules) {
      std::vector<ir::Cidr> left;
      for (const ir::Cidr& net : nets_of(ruleset_, group_.rules[rule]->match, group_.shape, version_))
        std::ranges::copy(taken.take(net), std::back_inserter(left));
      if (!left.empty()) place->second.push_back({set_of_rule_[rule], std::move(left)});
    }
    return place->second;
  }

  const ir::Ruleset& ruleset_;
  const Group& group_;
  ir::IpVersion version_;
  std::vector<ServiceSet> sets_;
  std::vector<std::size_t> set_of_rule_;
  std::map<std::vector<std::uint32_t>, std::vector<Share>> shares_;
  std::size_t count_ = 0;
};

}  // namespace

std::vector<NetSet> net_sets(const ir::Ruleset& ruleset, const Group& group, ir::IpVersion version) {
  std::vector<NetSet> sets;
  Taken taken;
  for (const ir::Rule* rule : group.rules) {
    auto set = std::ranges::find(sets, rule->action, &NetSet::action);
    if (set == sets.end()) set = sets.insert(set, {rule->action, {}, {}});
    set->rules.push_back(rule);
    for (const ir::Cidr& net : nets_of(ruleset, rule->match, group.shape, version))
      std::ranges::copy(taken.take(net), std::back_inserter(set->nets));
  }
  std::erase_if(sets, [](const NetSet& set) { return set.nets.empty(); });
  // The fewest prefixes.
  for (NetSet& set : sets) set.nets = ir::AddressSet(std::move(set.nets)).prefixes();
  return sets;
}

std::optional<std::vector<ServiceSet>> service_sets(const ir::Ruleset& ruleset, const Group& group,
                                                    ir::IpVersion version) {
  return Resolving(ruleset, group, version).sets();
}

}  // namespace untrack::backends::iptables
