// The parts of rules that look at packets: fields, values, and sets of values (nft(8), "EXPRESSIONS").
#pragma once
#include "verify/nft/ast.h"
#include "verify/nft/cursor.h"

namespace untrack::verify::nft {

// `ip saddr . meta l4proto . th dport`; `ip frag-off & 0x1fff`.
Key parse_key(Cursor& at);
// Whether a field, and not a statement, stands here.
bool at_key(const Cursor& at);

Verdict parse_verdict(Cursor& at);
bool at_verdict(const Cursor& at);

// `10.0.0.0/8 . 80-90`: one range a type. Interface names that are met are noted in `script`.
std::vector<Range> parse_values(Cursor& at, const std::vector<Type>& types, Script& script);

// `{ ... }`, with `: VERDICT` behind each element of a verdict map.
std::vector<Element> parse_elements(Cursor& at, const std::vector<Type>& types, bool verdict_map,
                                    Script& script);

std::vector<Type> types_of(const Key& key);

}  // namespace untrack::verify::nft
