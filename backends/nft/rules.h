// One rule of the ruleset as nft rules, for packets of one class.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backends/nft/match.h"
#include "backends/nft/model.h"
#include "backends/nft/program.h"

namespace untrack::backends::nft {

// What the rule does where its action is known; `next_block` for the action of that name, `mark` on packets
// that are untracked.
Statement statement(const ir::Action& action, const Statement& next_block, std::optional<MarkBit> mark);

// `gnp/a ingress 0,2-4, gnp/b ingress 1`
std::string comment(const ir::Rule& rule);
std::string comment(const std::vector<const ir::Rule*>& rules);  // that are one in the artifact

// What is known of all packets that meet a rule.
struct Known {
  HeaderClass header_class = HeaderClass::Bare;
  std::optional<ir::IpVersion> version = {};
};
// Rules that together match as `match` does, each with `model`'s statement and comment.
void add_rules(std::vector<Rule>& out, Program& program, const ir::Match& match, Known known,
               const Rule& model);

}  // namespace untrack::backends::nft
