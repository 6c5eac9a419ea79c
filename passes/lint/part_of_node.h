// Parts of a node's rules, for analyses to which the whole is too much. What is left keeps its place.
#pragma once
#include <set>
#include <string>

#include "ir/ruleset.h"

namespace untrack::passes::lint {

std::set<std::string> interface_names(const ir::Ruleset& ruleset);
ir::Ruleset only_interface(const ir::Ruleset& ruleset, const std::string& name);
// Rules of the other version match nothing.
ir::Ruleset only_version(const ir::Ruleset& ruleset, ir::IpVersion version);

}  // namespace untrack::passes::lint
