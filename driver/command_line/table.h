// The command line as a table: every command with its arguments, its options and their words of help. The
// parser, the completions of shells and the manual page are views of it.
//
// A command is a function that makes its entry. The entry owns the value that its options fill: the functions
// in it share one object, so an entry may be copied, but describes one run of the parser.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "driver/options.h"

namespace untrack::driver {

// What is wrong with a word that was given; nothing for one that is taken.
using Mistake = std::optional<std::string>;
using Take = std::function<Mistake(const std::string& word)>;

enum class Words {
  None,  // a flag
  One,
  Each,  // may be given several times, one word each: never swallows a PATH behind it
  Many,  // takes all words up to the next option
};

struct OptionEntry {
  std::string name;   // `-n,--node`; without dashes: an argument by place
  std::string value;  // what help calls its word: `NODE`; empty for flags and arguments by place
  Words words = Words::One;
  Take take;  // is called for each word, after all words were read; for a flag with an empty one
  std::string text;
  std::string default_word = {};  // shown behind `value`
  std::string excludes = {};      // the name of another option
  bool required = false;
  std::vector<std::string> choices = {};  // the words that it knows, where it knows a few
  bool is_path = false;                   // its words name files or folders
};

struct CommandEntry {
  std::string name;
  std::string text;
  std::vector<OptionEntry> options;  // in the order of help
  std::string example;
  // What the words come to, once all were taken; or what is wrong with them together.
  std::function<std::variant<Command, std::string>()> value;
};

// In the order of help.
std::vector<CommandEntry> commands();

}  // namespace untrack::driver
