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

static std::span<const ir::Cidr> nets_of(const ir::Ruleset& ruleset, const ir::Match& match,
                                         const Shape& shape, ir::IpVersion version) {
  return ruleset.address_sets[side_of(match, shape.addresses).in.front()].prefixes(version);
}

std::size_t service_elements(const ir::Ruleset& ruleset, const ir::Match& match, const Shape& shape,
                             ir::IpVersion version) {
  return nets_of(ruleset, match, shape, version).size() * side_of(match, shape.ports).ports->numbers.count();
}

// The addresses of `nets` that are not in `taken`; both are sorted and disjoint.
static std::vector<ir::Cidr> left_of(std::span<const ir::Cidr> nets, std::span<const ir::Cidr> taken,
                                     ir::IpVersion version) {
  std::vector<ir::Cidr> left;
  const auto add = [&](ir::AddressBits first, ir::AddressBits last) {
    std::ranges::copy(ir::prefixes_of(version, first, last), std::back_inserter(left));
  };
  for (const ir::Cidr& net : nets) {
    ir::AddressBits first = net.first();
    bool open = true;
    auto at = std::ranges::partition_point(taken, [&](const ir::Cidr& each) { return each.last() < first; });
    for (; open && at != taken.end() && at->first() <= net.last(); ++at) {
      if (first < at->first()) add(first, at->first() - 1);
      open = at->last() < net.last();
      first = at->last() + 1;  // wraps only where nothing is left open
    }
    if (open) add(first, net.last());
  }
  return left;
}

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
    ir::AddressSet taken;
    for (const std::uint32_t rule : rules) {
      const auto nets = nets_of(ruleset_, group_.rules[rule]->match, group_.shape, version_);
      std::vector<ir::Cidr> left = left_of(nets, taken.prefixes(), version_);
      if (left.empty()) continue;
      if (rules.size() > 1) {
        std::vector<ir::Cidr> all = taken.prefixes();
        std::ranges::copy(left, std::back_inserter(all));
        taken = ir::AddressSet(std::move(all));
      }
      place->second.push_back({set_of_rule_[rule], std::move(left)});
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

std::optional<std::vector<ServiceSet>> service_sets(const ir::Ruleset& ruleset, const Group& group,
                                                    ir::IpVersion version) {
  return Resolving(ruleset, group, version).sets();
}

}  // namespace untrack::backends::iptables
