#include "verify/iptables/words.h"

#include <algorithm>

#include "verify/refuse.h"

namespace untrack::verify::iptables {

static std::vector<std::string> words(std::string_view text, std::uint32_t line) {
  std::vector<std::string> found;
  bool in_word = false, quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (!quoted && (c == ' ' || c == '\t')) {
      in_word = false;
      continue;
    }
    if (!in_word) found.emplace_back();
    in_word = true;
    if (c == '"') {
      quoted = !quoted;
    } else if (quoted && c == '\\') {
      if (++i == text.size()) break;
      found.back() += text[i];
    } else if (static_cast<unsigned char>(c) < ' ') {
      refuse(line, "a control character (code {})", static_cast<int>(c));
    } else {
      found.back() += c;
    }
  }
  if (quoted) refuse(line, "a quoted text has no end on its line");
  return found;
}

std::vector<Line> lines(std::string_view text) {
  std::vector<Line> found;
  for (std::uint32_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.starts_with('#')) continue;
    auto parts = words(line, number);
    if (!parts.empty()) found.push_back({number, std::move(parts)});
  }
  return found;
}

bool WordCursor::take(std::string_view word) {
  if (!at(word)) return false;
  rest_ = rest_.subspan(1);
  return true;
}

const std::string& WordCursor::next(std::string_view what) {
  if (at_end()) refuse(line_, "the line ends where {} should stand", what);
  const std::string& word = rest_.front();
  rest_ = rest_.subspan(1);
  return word;
}

}  // namespace untrack::verify::iptables
