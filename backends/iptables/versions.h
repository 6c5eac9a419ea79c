// What the files ask of the node's tools and kernel. Sources: the ChangeLog of ipset, the release notes of
// iptables, and iptables-extensions(8).
#pragma once
#include <vector>

#include "backends/backend.h"
#include "backends/iptables/model.h"

namespace untrack::backends::iptables {

std::vector<Need> needs_of_sets(const std::vector<Set>& sets);
std::vector<Need> needs_of_table(const Table& table);

}  // namespace untrack::backends::iptables
