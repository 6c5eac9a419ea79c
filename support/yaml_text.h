// Values as YAML, which in the flow style with JSON's quotes is JSON, too.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "support/value.h"

namespace untrack {

// In double quotes as in JSON, or in quotes only where YAML needs them.
enum class Quotes : bool { AsNeeded, Json };

// On one line: `{action: Allow, protocol: TCP}`.
std::string flow_text(const Value& value, Quotes quotes = Quotes::AsNeeded);
std::string scalar_text(const Scalar& scalar, Quotes quotes = Quotes::AsNeeded);
// In single quotes (YAML 1.2.2 section 7.3.2): the quote is doubled, nothing else is special.
std::string quoted(std::string_view text);

// How a block is laid out, in columns.
struct BlockLayout {
  std::string_view line_break = "\n";
  std::size_t step = 2;       // from a key to the keys of its mapping
  std::size_t list_step = 2;  // from a key to the `-` of its list
  std::size_t gap = 2;        // from a `-` to its item
};

// A line for each entry and each item that is a mapping; lists of scalars stay on one line. The text begins
// at `column` of a line and has no line break at its end.
std::string block_text(const Value& value, std::size_t column = 0, const BlockLayout& layout = {});
// What stands behind `key:` in a mapping at `column`, the blank or line break before it included.
std::string block_value_text(const Value& value, std::size_t column, const BlockLayout& layout = {});
// `- ` and the item, the `-` at `column`.
std::string block_item_text(const Value& item, std::size_t column = 0, const BlockLayout& layout = {});

}  // namespace untrack
