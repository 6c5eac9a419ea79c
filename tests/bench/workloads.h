// The rulesets whose meaning is measured.
#pragma once
#include <cstddef>

#include "ir/ruleset.h"

namespace untrack::bench {

// Hook 0 is ingress of one interface. Where there is a hook 1, it is egress of the same one and mirrors hook
// 0.

// `count` services: protocol and one to three ports, from 3 CIDRs each; the replies; failsafes at the head.
ir::Ruleset services(std::size_t count);
// The same, but every third service also lets in all of 10.0.0.0/8, where most of the other CIDRs are.
ir::Ruleset services_with_wide_sources(std::size_t count);
// Deny `cidrs` prefixes, then `policies` services.
ir::Ruleset deny_list(std::size_t cidrs, std::size_t policies);
// Allow and deny by turns; port ranges and CIDRs of any size overlap at random.
ir::Ruleset overlapping(std::size_t count);

}  // namespace untrack::bench
