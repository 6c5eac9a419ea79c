// Lines of iptables-restore and ipset-restore input, split into words as those tools split them.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace untrack::verify::iptables {

struct Line {
  std::uint32_t number = 0;  // from 1
  std::vector<std::string> words;
};

// Text in double quotes is (part of) one word, with `\` before a quote or backslash in it (add_param_to_argv,
// iptables/xshared.c). Blank lines and those that begin with `#` are left out. Throws Refused.
std::vector<Line> lines(std::string_view text);

// Takes the words of a line from first to last.
class WordCursor {
 public:
  explicit WordCursor(const Line& line) : line_(line.number), rest_(line.words) {}
  std::uint32_t line() const { return line_; }
  bool at_end() const { return rest_.empty(); }
  bool at(std::string_view word) const { return !at_end() && rest_.front() == word; }
  bool take(std::string_view word);
  // Throws Refused at the end of the line.
  const std::string& next(std::string_view what);

 private:
  std::uint32_t line_;
  std::span<const std::string> rest_;
};

}  // namespace untrack::verify::iptables
