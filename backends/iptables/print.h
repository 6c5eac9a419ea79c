// Program -> the three files. Quoting, cutting and number formats of ipset(8) and iptables-restore(8) are met
// here and nowhere else.
#pragma once
#include <string>
#include <string_view>

#include "backends/iptables/model.h"

namespace untrack::backends::iptables {

// For `ipset -exist restore`: each set is filled under another name and swapped in, so that no packet meets a
// half-filled one, and the file may be loaded again and again.
std::string print_sets(const std::vector<Set>& sets, std::string_view node);
// For `iptables-restore --noflush` or `ip6tables-restore --noflush`: our chains alone, in one transaction.
std::string print_table(const Table& table, std::string_view node);

}  // namespace untrack::backends::iptables
