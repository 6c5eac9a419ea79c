// Numbers as both artifact languages write them.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace untrack::verify {

// Decimal or 0x hexadecimal, all of the text. Nothing for anything else or for more than `most`.
std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t most);

}  // namespace untrack::verify
