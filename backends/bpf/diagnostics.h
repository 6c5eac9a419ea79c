// What the BPF image cannot say, and what XDP cannot take.
#pragma once
#include <string>
#include <string_view>

#include "support/diagnostic.h"

namespace untrack::backends::bpf {

inline constexpr DiagnosticKind<> log_rule{
    {"UT460", "bpf-log", Severity::Error, Compile::Refused, "A log rule cannot be compiled to BPF.",
     "A BPF program cannot write to the kernel's log. Without the rule the policy would do the same to every "
     "packet, "
     "but say less than it is asked to.",
     "bpf-helpers(7); docs/bpf.md"},
    "a log rule cannot be kept by target `bpf`: a program cannot write to the kernel's log"};

inline constexpr DiagnosticKind<std::string, std::size_t, std::string> image_too_large{
    {"UT461", "bpf-image-too-large", Severity::Error, Compile::Refused,
     "The rules of an interface do not fit into a BPF image.",
     "First match is resolved when the image is written. Rules that ask for several fields at once, and "
     "overlap in each, can "
     "need a table for every combination. An image holds 64 MiB, or 4 MiB if the nodes are said to have a "
     "Linux older "
     "than 5.17.",
     "docs/bpf.md, limits"},
    "the rules of interface `{}` do not fit into a BPF image of {} MiB (node `{}`)"};

inline constexpr DiagnosticKind<std::string_view, std::string, std::string_view, std::string, std::string>
    bpf_too_old{
        {"UT462", "bpf-target-too-old", Severity::Error, Compile::Refused,
         "The versions that nodes are said to have cannot take the BPF image.",
         "The programs or their companion rule would not load.", "docs/bpf.md, what the kernel must have"},
        "the BPF image needs {} {}, for {}; {} is said to be what the nodes have (node `{}`)"};

DiagnosticList diagnostics();

}  // namespace untrack::backends::bpf
