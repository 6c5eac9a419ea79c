// The textual form of a Ruleset: stable names, one thing a line, nothing by address. parse_ruleset(print(x))
// gives x back, spans left out. The grammar is in docs/ir.md.
#pragma once
#include <string>
#include <string_view>
#include <variant>

#include "ir/ruleset.h"

namespace untrack::ir {

std::string print(const Ruleset& ruleset);

// Parts of it, for messages. Sets are named by number: `ipv4 tcp from %a0 to port 12211`.
std::string to_string(const Match& match);
std::string to_string(const Action& action);
std::string to_string(const Rule& rule);

struct ParseError {
  std::uint32_t line = 0;  // from 1
  std::string message;
};
std::variant<Ruleset, ParseError> parse_ruleset(std::string_view text);

}  // namespace untrack::ir
