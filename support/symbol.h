// A text that the process holds once, whoever says it. The labels and profiles of hundreds of thousands of
// objects are made of a few thousand words: each of them costs a pointer here, and equal ones are equal
// pointers. What was made stays until the process ends: it is of the input, so it is bounded by it. Any
// thread may make some.
#pragma once
#include <string_view>

namespace untrack {

class Symbol {
 public:
  explicit Symbol(std::string_view text);

  std::string_view text() const { return *text_; }
  operator std::string_view() const { return *text_; }

  friend bool operator==(Symbol, Symbol) = default;

 private:
  const std::string_view* text_;
};

}  // namespace untrack
