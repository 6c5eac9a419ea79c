// Small rulesets for the backends' tests, written in the textual form of docs/ir.md.
#pragma once
#include <stdexcept>
#include <string>
#include <variant>

#include <fmt/format.h>

#include "ir/print.h"

namespace untrack {

inline ir::Ruleset parsed(const std::string& text) {
  auto result = ir::parse_ruleset(text);
  if (const auto* error = std::get_if<ir::ParseError>(&result)) {
    throw std::invalid_argument(fmt::format("line {}: {}", error->line, error->message));
  }
  return std::get<ir::Ruleset>(std::move(result));
}

// One block `tier default` on eth0, in; `rules` may come after sets.
inline ir::Ruleset with_rules(const std::string& rules, const std::string& sets = "") {
  return parsed("node n\n" + sets + "\nhook eth0 ingress {\nblock tier default {\n" + rules + "\n}\n}\n");
}

// What stands between two texts, both left out; empty if they do not occur.
inline std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const std::size_t from = text.find(begin);
  if (from == std::string::npos) return "";
  const std::size_t start = from + begin.size(), to = text.find(end, start);
  return to == std::string::npos ? "" : text.substr(start, to - start);
}

}  // namespace untrack
