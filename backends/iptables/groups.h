// A long list of rules, sorted into few groups that can each be answered at once: by one lookup in a set, or
// by a way through a tree. Groups apply one after the other. A rule joins a group before it only if it may:
// if no packet meets both it and a rule of another action that it moves past.
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "backends/iptables/model.h"

namespace untrack::backends::iptables {

// As many rules are as fast when they are simply tried one after the other.
inline constexpr std::size_t kFewRules = 8;

enum class Form : std::uint8_t {
  Plain,     // one after the other
  Services,  // each a service's port and the addresses that may use it: one set (services.h)
  Nets,      // addresses alone, of one protocol or any: likewise
  Ports,     // each asks for ports of tcp or udp: a tree of chains (dispatch.h)
};
struct Shape {
  Form form = Form::Plain;
  Side ports = Side::Destination;             // the side whose ports are asked for
  Side addresses = Side::Source;              // of Services and Nets
  std::optional<ir::Protocol> protocol = {};  // of Nets
  friend bool operator==(const Shape&, const Shape&) = default;
};

struct Group {
  Shape shape;
  std::vector<const ir::Rule*> rules;  // in order of evaluation
};

// Rules that skip a block count like terminal ones, so all of them must skip to the same place.
std::vector<Group> groups(std::span<const ir::Rule* const> rules, const ir::Ruleset& ruleset,
                          ir::IpVersion version);

// Failsafes stand first and as they are.
bool is_failsafe(const ir::Rule& rule);

inline const ir::SideMatch& side_of(const ir::Match& match, Side side) {
  return side == Side::Source ? match.source : match.destination;
}
ir::PortSet socket_ports(const ir::Ruleset& ruleset, const ir::PortMatch& ports, ir::Protocol protocol);
// The ports of a side that a match of `protocol` may take, if it asks for any.
std::optional<ir::PortSet> ports_asked(const ir::Ruleset& ruleset, const ir::SideMatch& match,
                                       ir::Protocol protocol);

}  // namespace untrack::backends::iptables
