// What can be wrong with the comments and annotations that suppress findings: UT030 to UT039; and with
// how artifacts are asked for: UT430.
#pragma once
#include <string>
#include <string_view>

#include "support/diagnostic.h"

namespace untrack::driver {

inline constexpr DiagnosticKind<std::string_view> unused_suppression{
    {"UT030", "unused-suppression", Severity::Warning, Compile::GoesOn,
     "A comment or an annotation suppresses a finding that is not there.",
     "The fault was mended or has moved. A suppression that stays behind hides the next fault of its kind.",
     "docs/lint.md, suppressions", Fixable::Safely},
    "this suppresses nothing: {} is not reported here"};

inline constexpr DiagnosticKind<std::string_view> malformed_suppression{
    {"UT031", "malformed-suppression", Severity::Warning, Compile::GoesOn,
     "A comment or an annotation that is to suppress a finding cannot be understood.",
     "It suppresses nothing, although its author believes that it does. A suppression names its codes and "
     "gives a reason.",
     "docs/lint.md, suppressions"},
    "this suppression has no effect: {}"};

inline constexpr DiagnosticKind<std::string, std::string_view> mark_in_felix_mask{
    {"UT430", "mark-in-felix-mask", Severity::Warning, Compile::GoesOn,
     "The bit that says \"allowed by untracked policy\" is one of those that Felix uses.",
     "Where Felix runs on the same node it writes this bit for its own ends: a packet that it marks would "
     "pass the host's filter (--accept-in-filter), or be taken for one that a BPF program lets in untracked "
     "(target `bpf`); one that it clears would not.",
     "Calico felix/dataplane/driver.go (StartDataplaneDriver, mark bits); docs/bundle.md, the host's own "
     "filter"},
    "the packet mark {} lies in `{}`, where Felix takes its own from"};

DiagnosticList diagnostics();

}  // namespace untrack::driver
