// One rule: the words behind `-A CHAIN`.
#pragma once
#include "verify/iptables/rules.h"
#include "verify/iptables/words.h"

namespace untrack::verify::iptables {

// Interface names that are met are noted in `file`, and the bit of the packet mark that is written. Throws
// Refused.
Rule parse_rule(WordCursor& at, ir::IpVersion version, RuleFile& file);

}  // namespace untrack::verify::iptables
