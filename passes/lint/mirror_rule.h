// The rule that a stateless rule needs on the other side: source and destination exchanged, ICMP requests
// turned into their answers.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "ir/policy.h"
#include "support/value.h"

namespace untrack::passes::lint {

// Nothing where no rule can say it: a service match has no mirror (Calico takes it in one direction only),
// nor has an ICMP type without an answer.
std::optional<ir::PolicyRule> mirror_rule(const ir::PolicyRule& rule, ir::IpVersion icmp_version);

// As an item of an `ingress:` or `egress:` list: as a value, and as text ready to paste, lines without a
// trailing newline.
Value rule_value(const ir::PolicySet& policies, const ir::PolicyRule& rule);
std::string to_yaml(const ir::PolicySet& policies, const ir::PolicyRule& rule);
// As the value of `ports`.
std::string port_list_yaml(const std::vector<ir::PortSpec>& ports);

}  // namespace untrack::passes::lint
