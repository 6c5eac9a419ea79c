// What an nft script cannot say.
#pragma once
#include <string>

#include "support/diagnostic.h"

namespace untrack::backends::nft {

inline constexpr DiagnosticKind<> log_burst_zero{
    {"UT452", "nft-log-burst-zero", Severity::Error, Compile::Refused,
     "A limit on logging with a burst of 0 cannot be compiled to nft.",
     "The kernel takes a burst of 0 as its default of 5, so that more would be logged than the setting says.",
     "Linux net/netfilter/nft_limit.c, nft_limit_init: NFT_LIMIT_PKT_BURST_DEFAULT"},
    "a log limit with a burst of 0 cannot be written in nft: the kernel would take it for 5"};

inline constexpr DiagnosticKind<std::string_view, std::string, std::string_view, std::string, std::string>
    nft_too_old{{"UT453", "nft-target-too-old", Severity::Error, Compile::Refused,
                 "The versions that nodes are said to have cannot take the nft script.",
                 "The script would not load, as a whole. Where an older form means the same it is written; "
                 "here there "
                 "is none.",
                 "docs/backends.md, versions"},
                "the nft script needs {} {}, for {}; {} is said to be what the nodes have (node `{}`)"};

DiagnosticList diagnostics();

}  // namespace untrack::backends::nft
