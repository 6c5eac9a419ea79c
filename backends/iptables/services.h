// Rules that each let some addresses use a port or a protocol, or keep them from it, as one set for each
// action: what of each rule is left by those before it is worked out here, so that it does not matter in
// which order the sets are asked.
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "backends/iptables/groups.h"

namespace untrack::backends::iptables {

// Elements in one set of services: memory of the kernel, 30 to 60 bytes each, and about a second of loading
// for 100,000 (docs/performance.md). Rules beyond are written one by one.
inline constexpr std::size_t kMostServiceElements = std::size_t{1} << 18;

// The shape of a rule that says nothing but protocol, ports of one side and addresses of one side.
std::optional<Shape> service_shape(const ir::Ruleset& ruleset, const ir::Match& match, ir::IpVersion version);
// How many elements it is by itself.
std::size_t service_elements(const ir::Ruleset& ruleset, const ir::Match& match, const Shape& shape,
                             ir::IpVersion version);

// The shape of a rule that says nothing but addresses of one side and, at most, a protocol.
std::optional<Shape> nets_shape(const ir::Ruleset& ruleset, const ir::Match& match, ir::IpVersion version);

// The addresses that a rule of either shape asks for.
std::span<const ir::Cidr> nets_of(const ir::Ruleset& ruleset, const ir::Match& match, const Shape& shape,
                                  ir::IpVersion version);

struct NetSet {
  ir::Action action;
  std::vector<const ir::Rule*> rules;
  std::vector<ir::Cidr> nets;
};
// Of rules of a shape Nets; likewise.
std::vector<NetSet> net_sets(const ir::Ruleset& ruleset, const Group& group, ir::IpVersion version);

struct ServiceSet {
  ir::Action action;
  std::vector<const ir::Rule*> rules;
  HashNetPort elements;
};
// By action in the order of first use; disjoint. Nothing if there were too many elements.
std::optional<std::vector<ServiceSet>> service_sets(const ir::Ruleset& ruleset, const Group& group,
                                                    ir::IpVersion version);

}  // namespace untrack::backends::iptables
