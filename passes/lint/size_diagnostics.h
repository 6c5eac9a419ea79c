// UT6xx: policy that is too large, or combines in too many ways, for what has to work with it.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "support/diagnostic.h"

namespace untrack::passes::lint {

// ---- UT61x: for the exact analysis

// The place, and how far it came: a rule or an interface.
inline constexpr DiagnosticKind<std::string, std::string> not_proved{
    {"UT610", "not-proved", Severity::Error, Compile::Refused,
     "The rules combine in more ways than the proof budget holds, so nothing is proved about them.",
     "What the rules mean is worked out exactly, for all packets, in a diagram of bounded size. Past that "
     "size "
     "nothing is known: no finding of this place that needs packet sets is shown, and since no artifact is "
     "written without its proof, `compile` refuses. Other interfaces, and the other IP version, are not "
     "affected.",
     "docs/packet-sets.md, Choice: a budget"},
    "{}: not proved beyond {}"};

inline constexpr DiagnosticKind<std::string> not_analysed{
    {"UT611", "not-analysed", Severity::Warning, Compile::GoesOn,
     "What the rules mean was found, but comparing them with each other exceeds the proof budget.",
     "The findings of this place that need packet sets are missing: replies that are not untracked, rules "
     "that no "
     "packet reaches, exposed ports. What `compile` writes is proved all the same.",
     "docs/packet-sets.md, Choice: a budget"},
    "{}: not analysed within the proof budget"};

// What both advise.
std::string raise_budget(std::size_t edge_budget);

}  // namespace untrack::passes::lint
