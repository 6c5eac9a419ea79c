// What iptables cannot say.
#pragma once
#include <string>

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

inline constexpr DiagnosticKind<std::string, std::string_view, std::string, std::string_view, std::string,
                                std::string>
    iptables_too_old{
        {"UT454", "iptables-target-too-old", Severity::Error, Compile::Refused,
         "The versions that nodes are said to have cannot take the files for iptables and ipset.",
         "One of the tools would refuse the file, and there is no older form that means the same.",
         "docs/backends.md, versions"},
        "{} needs {} {}, for {}; {} is said to be what the nodes have (node `{}`)"};

DiagnosticList diagnostics();

}  // namespace untrack::backends::iptables
