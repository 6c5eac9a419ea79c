// What iptables cannot say.
#pragma once
#include "support/diagnostic.h"

namespace untrack::backends::iptables {

inline constexpr DiagnosticKind<std::uint32_t, std::string_view, std::uint32_t> log_limit{
    {"UT451", "iptables-log-limit", Severity::Error, Compile::Refused,
     "A limit on logging is out of what iptables can hold.",
     "iptables-restore refuses the whole table for it (`Numerical result out of range`), so that no policy "
     "at all "
     "would be loaded.",
     "Linux net/netfilter/xt_limit.c, limit_mt_check and MAX_CPJ: credit for at most one day; burst not 0"},
    "iptables cannot limit logging to {} per {} with a burst of {}: the burst must take at least one packet "
    "and at "
    "most a day to earn"};

DiagnosticList diagnostics();

}  // namespace untrack::backends::iptables
