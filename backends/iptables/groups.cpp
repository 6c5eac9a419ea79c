#include "backends/iptables/groups.h"

#include <algorithm>
#include <iterator>

#include "backends/iptables/costs.h"
#include "backends/iptables/footprint.h"
#include "backends/iptables/services.h"

namespace untrack::backends::iptables {

// How many groups a rule may move past. Where more alternate, order matters nearly everywhere.
static constexpr std::size_t kMostPassed = 8;

ir::PortSet socket_ports(const ir::Ruleset& ruleset, const ir::PortMatch& ports, ir::Protocol protocol) {
  std::vector<ir::PortRange> ranges;
  for (const ir::SocketSetId id : ports.sockets) {
    for (const ir::SocketAddress& socket : ruleset.socket_sets[id].members()) {
      if (socket.protocol == protocol) ranges.push_back({socket.port, socket.port});
    }
  }
  return ir::PortSet(std::move(ranges));
}

std::optional<ir::PortSet> ports_asked(const ir::Ruleset& ruleset, const ir::SideMatch& match,
                                       ir::Protocol protocol) {
  if (!match.ports || match.ports->sockets.empty()) {
    return match.ports ? std::optional(match.ports->numbers) : std::nullopt;
  }
  std::vector<ir::PortRange> ranges = match.ports->numbers.ranges();
  std::ranges::copy(socket_ports(ruleset, *match.ports, protocol).ranges(), std::back_inserter(ranges));
  return ir::PortSet(std::move(ranges));
}

bool is_failsafe(const ir::Rule& rule) {
  return !rule.provenance.empty() && rule.provenance.front().policy == "failsafe";
}

static bool has_limit(const ir::Rule& rule) {
  const auto* log = std::get_if<ir::LogPacket>(&rule.action);
  return log != nullptr && log->limit;
}

// A tree may write a rule several times, and a limit would then be as many limits.
static std::optional<Shape> ports_shape(const ir::Ruleset& ruleset, const ir::Rule& rule) {
  const ir::Match& match = rule.match;
  if (!match.protocol || (match.protocol != ir::kTcp && match.protocol != ir::kUdp) || has_limit(rule)) {
    return std::nullopt;
  }
  const auto destination = ports_asked(ruleset, match.destination, *match.protocol);
  const auto source = ports_asked(ruleset, match.source, *match.protocol);
  if (!destination && !source) return std::nullopt;
  const bool by_source = !destination || (source && source->count() < destination->count());
  return Shape{Form::Ports, by_source ? Side::Source : Side::Destination, Side::Source};
}

// Two such rules are better one.
static bool names_many_nets(const ir::Ruleset& ruleset, const ir::Match& match, ir::IpVersion version) {
  const auto shape = nets_shape(ruleset, match, version);
  return shape && nets_of(ruleset, match, *shape, version).size() >= kManyNets;
}

namespace {

class Grouping {
 public:
  Grouping(const ir::Ruleset& ruleset, ir::IpVersion version) : ruleset_(ruleset), version_(version) {}

  void add(const ir::Rule& rule) {
    const std::vector<Shape> shapes = shapes_of(rule);
    for (const Shape& shape : shapes) {
      if (join(rule, shape)) return;
    }
    groups_.push_back({{shapes.front(), {}}, {}, 0, is_failsafe(rule)});
    put(rule, groups_.back());
    if (groups_.size() > kMostPassed) groups_[groups_.size() - kMostPassed - 1].footprint = {};
  }

  // What is too small for its form is plain, and plain groups that are neighbours are one.
  std::vector<Group> take() {
    std::vector<Group> result;
    bool after_failsafe = true;
    for (Open& each : groups_) {
      if (is_small(each.group)) each.group.shape = {};
      const bool plain = each.group.shape.form == Form::Plain;
      if (plain && !after_failsafe && result.back().shape.form == Form::Plain)
        std::ranges::copy(each.group.rules, std::back_inserter(result.back().rules));
      else
        result.push_back(std::move(each.group));
      after_failsafe = each.failsafe;
    }
    return result;
  }

 private:
  struct Open {
    Group group;
    Footprint footprint;  // of the last kMostPassed groups
    std::size_t elements = 0;
    bool failsafe = false;  // stands first and as it is: nothing joins it or moves past it
  };

  bool is_small(const Group& group) const {
    return group.rules.size() <= kFewRules && std::ranges::none_of(group.rules, [&](const ir::Rule* rule) {
             return names_many_nets(ruleset_, rule->match, version_);
           });
  }

  // Best first.
  std::vector<Shape> shapes_of(const ir::Rule& rule) const {
    std::vector<Shape> shapes;
    if (is_failsafe(rule)) return {Shape{}};
    if (std::holds_alternative<ir::LogPacket>(rule.action)) {
      if (const auto shape = ports_shape(ruleset_, rule)) return {*shape};
      return {Shape{}};
    }
    const auto service = service_shape(ruleset_, rule.match, version_);
    if (service && service_elements(ruleset_, rule.match, *service, version_) <= kMostElementsOfARule) {
      shapes.push_back(*service);
    }
    if (const auto nets = nets_shape(ruleset_, rule.match, version_)) shapes.push_back(*nets);
    if (const auto shape = ports_shape(ruleset_, rule)) shapes.push_back(*shape);
    if (shapes.empty()) shapes.push_back({});
    return shapes;
  }

  bool join(const ir::Rule& rule, const Shape& shape) {
    std::size_t passed = 0;
    for (auto at = groups_.rbegin(); at != groups_.rend() && passed < kMostPassed; ++at, ++passed) {
      if (at->failsafe != is_failsafe(rule)) return false;
      if (at->group.shape == shape && fits(rule, *at)) {
        put(rule, *at);
        return true;
      }
      if (!at->footprint.commutes(ruleset_, rule)) return false;
    }
    return false;
  }

  std::size_t elements(const ir::Rule& rule, const Shape& shape) const {
    return shape.form == Form::Services ? service_elements(ruleset_, rule.match, shape, version_) : 0;
  }
  bool fits(const ir::Rule& rule, const Open& open) const {
    return open.elements + elements(rule, open.group.shape) <= kMostServiceElements;
  }
  void put(const ir::Rule& rule, Open& open) {
    open.group.rules.push_back(&rule);
    open.footprint.add(ruleset_, rule);
    open.elements += elements(rule, open.group.shape);
  }

  // A wide range of ports with many addresses is better two conditions than their product.
  static constexpr std::size_t kMostElementsOfARule = 4096;

  const ir::Ruleset& ruleset_;
  ir::IpVersion version_;
  std::vector<Open> groups_;
};

}  // namespace

std::vector<Group> groups(std::span<const ir::Rule* const> rules, const ir::Ruleset& ruleset,
                          ir::IpVersion version) {
  const auto ours = std::ranges::count_if(rules, [](const ir::Rule* rule) { return !is_failsafe(*rule); });
  const auto many_nets = std::ranges::count_if(
      rules, [&](const ir::Rule* rule) { return names_many_nets(ruleset, rule->match, version); });
  if (static_cast<std::size_t>(ours) <= kFewRules && many_nets < 2)
    return {{{}, {rules.begin(), rules.end()}}};
  Grouping grouping(ruleset, version);
  for (const ir::Rule* rule : rules) grouping.add(*rule);
  return grouping.take();
}

}  // namespace untrack::backends::iptables
