// The text that tells a reader of the artifact where a rule comes from.
#pragma once
#include <span>
#include <string>

#include "ir/ruleset.h"

namespace untrack::backends::iptables {

// `failsafe ingress 0,2-8, gnp/memcached ingress 0`
std::string comment(std::span<const ir::Provenance> provenance);

}  // namespace untrack::backends::iptables
