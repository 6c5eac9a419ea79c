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

// ---- for whom XDP is asked about: one finding for each policy, direction and answer

inline constexpr DiagnosticKind<std::string, std::string> xdp_takes{
    {"UT480", "xdp-takes", Severity::Info, Compile::GoesOn,
     "What these rules deny is dropped at XDP, before the stack, if `apply --xdp` is asked to.",
     "Target `bpf` drops denied packets at `tc`. With `apply --xdp` a second program does it where the "
     "driver "
     "hands packets over, "
     "at a fraction of the price. It asks the same tables, so any Deny at ingress will do, whatever it "
     "matches, for "
     "both IP versions: "
     "no packet meets another fate than at `tc`. (Felix's own XDP takes much less: UT429.)",
     "docs/bpf.md, who does what"},
    "XDP can take ingress {} of `{}`: what is denied need not reach the stack"};

inline constexpr DiagnosticKind<std::string, std::string, std::string_view> xdp_leaves{
    {"UT481", "xdp-leaves", Severity::Info, Compile::GoesOn, "XDP drops nothing by these ingress rules.",
     "A program at XDP can drop a packet or let it go on. Tracking is left out in table raw, behind the "
     "program at `tc`, so what "
     "a rule allows has to get there; Pass leaves a packet to later tiers. XDP passes such packets on, and "
     "costs them a lookup.",
     "docs/bpf.md, who does what"},
    "XDP leaves ingress {} of `{}` to `tc`: {}"};

inline constexpr DiagnosticKind<std::string, std::string> xdp_not_at_egress{
    {"UT482", "xdp-not-at-egress", Severity::Info, Compile::GoesOn, "XDP cannot take egress rules.",
     "XDP is asked about packets that come in, and about no others. Egress rules act in table raw, whatever "
     "they do.",
     "docs/bpf.md, who does what"},
    "XDP cannot take egress {} of `{}`: it sees only what comes in"};

DiagnosticList diagnostics();

}  // namespace untrack::backends::bpf
