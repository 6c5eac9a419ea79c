#include "frontend/resources/go_regex.h"

#include "frontend/resources/felix_diagnostics.h"

namespace untrack::frontend::resources {

namespace {

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::optional<RegexMistake> scan() {
    while (at_ < text_.size()) {
      if (auto mistake = step()) return mistake;
    }
    if (!open_.empty()) return RegexMistake{open_.back(), 1, "a `(` without its `)`"};
    return std::nullopt;
  }

 private:
  std::optional<RegexMistake> step() {
    const char c = text_[at_];
    switch (c) {
      case '\\': return escape();
      case '[': return bracket();
      case '(': return open();
      case ')':
        if (open_.empty()) return RegexMistake{at_, 1, "a `)` without its `(`"};
        open_.pop_back();
        break;
      case '*':
      case '+':
      case '?':
        if (!repeatable_) return RegexMistake{at_, 1, "nothing to repeat"};
        ++at_;
        if (at_ < text_.size() && text_[at_] == '?') ++at_;  // the shortest match
        repeatable_ = false;
        return std::nullopt;
      case '|': break;
    }
    repeatable_ = c != '|';
    ++at_;
    return std::nullopt;
  }

  std::optional<RegexMistake> escape() {
    if (at_ + 1 == text_.size()) return RegexMistake{at_, 1, "a `\\` at the end"};
    const char next = text_[at_ + 1];
    if (next >= '1' && next <= '9') return RegexMistake{at_, 2, "Go has no back references"};
    at_ += 2;
    repeatable_ = true;
    return std::nullopt;
  }

  std::optional<RegexMistake> bracket() {
    const std::size_t start = at_++;
    if (at_ < text_.size() && text_[at_] == '^') ++at_;
    if (at_ < text_.size() && text_[at_] == ']') ++at_;  // a literal one
    while (at_ < text_.size() && text_[at_] != ']') {
      const bool named_class = text_.substr(at_).starts_with("[:");
      const std::size_t end = named_class ? text_.find(":]", at_ + 2) : std::string_view::npos;
      at_ = end != std::string_view::npos ? end + 2 : at_ + (text_[at_] == '\\' ? 2 : 1);
    }
    if (at_ >= text_.size()) return RegexMistake{start, 1, "a `[` without its `]`"};
    ++at_;
    repeatable_ = true;
    return std::nullopt;
  }

  std::optional<RegexMistake> open() {
    for (const std::string_view around : {"(?=", "(?!", "(?<=", "(?<!"}) {
      if (text_.substr(at_).starts_with(around))
        return RegexMistake{at_, around.size(), "Go has no look-around"};
    }
    open_.push_back(at_++);
    repeatable_ = false;
    if (at_ >= text_.size() || text_[at_] != '?') return std::nullopt;
    // Flags or a name: `(?i)`, `(?i:`, `(?P<name>`.
    at_ = std::min(text_.find_first_of(":)>", at_), text_.size());
    if (at_ < text_.size() && text_[at_] != ')') ++at_;
    return std::nullopt;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<std::size_t> open_;
  bool repeatable_ = false;
};

}  // namespace

std::optional<RegexMistake> go_regex_mistake(std::string_view expression) {
  return Scanner(expression).scan();
}

std::optional<Text> go_regex(Context& context, const Entry& entry) {
  const auto written = text(context, entry);
  if (!written) return std::nullopt;
  const auto mistake = go_regex_mistake(written->text);
  if (!mistake) return written;
  context.by_validator(written->node.span(mistake->offset, mistake->offset + mistake->length), invalid_regex,
                       written->text, mistake->what);
  return std::nullopt;
}

}  // namespace untrack::frontend::resources
