// What an nft script cannot say.
#pragma once
#include "support/diagnostic.h"

namespace untrack::backends::nft {

inline constexpr DiagnosticKind<> log_burst_zero{
    {"UT452", "nft-log-burst-zero", Severity::Error, Compile::Refused,
     "A limit on logging with a burst of 0 cannot be compiled to nft.",
     "The kernel takes a burst of 0 as its default of 5, so that more would be logged than the setting says.",
     "Linux net/netfilter/nft_limit.c, nft_limit_init: NFT_LIMIT_PKT_BURST_DEFAULT"},
    "a log limit with a burst of 0 cannot be written in nft: the kernel would take it for 5"};

DiagnosticList diagnostics();

}  // namespace untrack::backends::nft
