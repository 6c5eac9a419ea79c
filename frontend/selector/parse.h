// Selector text -> ir::Selector, from grammar/Selector.g4.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "ir/selector.h"

namespace untrack::frontend {

// Calico's own words (docs/semantics.md, "Selector errors"), at the byte where Calico's code stood. The whole
// input is tokenised first: a lexical error anywhere wins over a grammatical one further left.
struct SelectorError {
  enum class Phase : std::uint8_t { Lex, Parse };
  Phase phase = Phase::Lex;
  std::uint32_t offset = 0;  // bytes from the start; the end of input lies behind trailing blanks
  std::uint32_t length = 0;  // bytes of the offending token, 0 at the end of input
  std::string message;
  std::string hint;  // what was probably meant, or empty: `write '==' instead of '='`
};

// The nesting of parentheses that we take; Calico has no limit but its stack. Adjacent `!` nest nothing:
// Calico counts them, and so any number is fine.
inline constexpr std::uint32_t kMaxSelectorDepth = 1000;
// TOK MaxLabelLength (Calico libcalico-go/lib/selector/tokenizer/tokenizer.go).
inline constexpr std::size_t kMaxLabelBytes = 512;

// Never throws; any bytes are accepted as input, those that are no UTF-8 included.
std::variant<ir::Selector, SelectorError> parse_selector(std::string_view text);

}  // namespace untrack::frontend
