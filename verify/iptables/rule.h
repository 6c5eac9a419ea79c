// One rule: the words behind `-A CHAIN`.
#pragma once
#include "verify/iptables/rules.h"
#include "verify/iptables/words.h"

namespace untrack::verify::iptables {

// Interface names that are met are noted in `file`. `tests_mark` says that the rule has a test of the packet
// mark, which is in no Match. Throws Refused.
Rule parse_rule(WordCursor& at, ir::IpVersion version, RuleFile& file, bool& tests_mark);

}  // namespace untrack::verify::iptables
