// One rule of the ruleset as nft rules, for packets of one class.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backends/nft/match.h"
#include "backends/nft/model.h"

namespace untrack::backends::nft {

// How a short list of prefixes in a condition is written.
enum class Prefixes : std::uint8_t {
  Together,  // `ip saddr { a, b }`: one rule, easy to read
  OneEach    // a rule for each: faster up to kInlinePrefixes (docs/performance.md, "Packets (nft)")
};

// What the rule does where its action is known; `next_block` for the action of that name, `mark` on packets
// that are untracked.
Statement statement(const ir::Action& action, const Statement& next_block, std::optional<MarkBit> mark);

// `gnp/a ingress 0,2-4, gnp/b ingress 1`
std::string comment(const ir::Rule& rule);

// Rules that together match as `match` does, each with `model`'s statement and comment.
void add_rules(std::vector<Rule>& out, SetStore& sets, const ir::Match& match, HeaderClass header_class,
               Prefixes prefixes, const Rule& model);

}  // namespace untrack::backends::nft
