// What is made of the table of commands besides the parser: completions for shells, and the manual page.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "driver/command_line/table.h"

namespace untrack::driver {

std::string bash_completion(std::span<const CommandEntry> commands);
std::string zsh_completion(std::span<const CommandEntry> commands);
std::string fish_completion(std::span<const CommandEntry> commands);

// For man(7). The same text for the same version: no date.
std::string manual_page(std::span<const CommandEntry> commands);

// ---- what they share

// `-n,--node` is `-n` and `--node`; of an argument by place nothing.
std::vector<std::string> spellings(const OptionEntry& entry);
inline bool is_by_place(const OptionEntry& entry) {
  return !entry.name.starts_with('-');
}

}  // namespace untrack::driver
