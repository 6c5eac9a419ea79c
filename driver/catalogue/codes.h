// Codes of findings as people choose them.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace untrack::driver {

// Codes, or beginnings of codes: `UT2` stands for all of UT2xx.
using CodePrefixes = std::vector<std::string>;

bool covers(const CodePrefixes& prefixes, std::string_view code);

// What is wrong with a word that is to be a code, or the beginning of one; nothing for one that is.
std::optional<std::string> mistake_in_code(std::string_view word);
std::optional<std::string> mistake_in_code_prefix(std::string_view word);

}  // namespace untrack::driver
