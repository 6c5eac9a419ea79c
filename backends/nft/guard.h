// Chains that were found by bytes which may be no port: they act on packets alone whose header can be read.
#pragma once
#include <cstddef>
#include <optional>
#include <string>

#include "backends/nft/cells.h"
#include "backends/nft/program.h"

namespace untrack::backends::nft {

// Where all other packets go on. Nothing: they stay tracked.
struct Guard {
  std::optional<std::string> rest;
};

// Of a class with ports, among the protocols of Outcomes; and the other way round.
std::size_t place_of(HeaderClass header_class);
HeaderClass class_at(std::size_t place);

// `mark` on packets that are untracked.
Statement statement(Outcome outcome, std::optional<MarkBit> mark);

// What to do with packets for which the outcomes hold, by protocol; all others go on. The chain that it goes
// to is made once for all hooks.
Verdict guarded_verdict(Program& program, const Guard& guard, const Outcomes& outcomes);

}  // namespace untrack::backends::nft
