// Regular expressions as Go's package regexp reads them, which is what Calico compiles its patterns with.
//
// RE2 is that language (https://golang.org/s/re2syntax) and does the work: a search takes time linear in the
// text, and neither an expression nor a text can exhaust the stack. What differs is put right here (RE2 of
// 2022 beside Go 1.25, regexp/syntax/parse.go): Go takes `(?<name>x)` and refuses `\C`. Unicode classes by a
// long name
// (`\p{Letter}`) are as old as Go 1.25; they are neither compiled nor called wrong.
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace untrack {

class GoRegex {
 public:
  struct Refusal {
    bool by_go = true;                   // false: Go may take it, and we cannot
    std::size_t offset = 0, length = 0;  // in bytes of the expression
    std::string reason;
  };
  // Any bytes are accepted as input.
  static std::variant<GoRegex, Refusal> compile(std::string_view expression);

  // Anywhere in the text: Go's MatchString does not anchor.
  bool is_found_in(std::string_view text) const;

  ~GoRegex();
  GoRegex(GoRegex&&) noexcept;
  GoRegex& operator=(GoRegex&&) noexcept;

 private:
  struct Compiled;
  explicit GoRegex(std::unique_ptr<const Compiled> compiled);
  std::unique_ptr<const Compiled> compiled_;
};

}  // namespace untrack
