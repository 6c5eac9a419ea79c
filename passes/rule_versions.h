// The IP versions that a rule exists in: Felix makes each rule once for IPv4 and once for IPv6, and leaves it
// out where it does not fit (Calico felix/rules/policy.go, FilterRuleToIPVersion).
#pragma once
#include <optional>

#include "ir/policy.h"

namespace untrack::passes {

struct Versions {
  bool v4 = true;
  bool v6 = true;

  bool has(ir::IpVersion version) const { return version == ir::IpVersion::V4 ? v4 : v6; }
  bool none() const { return !v4 && !v6; }
  std::optional<ir::IpVersion> only() const {  // nothing for both or none
    if (v4 == v6) return std::nullopt;
    return v4 ? ir::IpVersion::V4 : ir::IpVersion::V6;
  }
  friend Versions operator&(Versions a, Versions b) { return {a.v4 && b.v4, a.v6 && b.v6}; }
  friend bool operator==(Versions, Versions) = default;
};

Versions only(ir::IpVersion version);
// An empty list restricts nothing.
Versions versions_of(const std::vector<ir::CidrSpec>& nets);

// As written, without and with the effect of `notNets`: there a list with prefixes of one version takes the
// rule away from the other one, where it would logically restrict nothing; and so does a prefix that covers a
// version.
Versions versions_before_not_nets(const ir::PolicyRule& rule);
Versions versions_of(const ir::PolicyRule& rule);

}  // namespace untrack::passes
