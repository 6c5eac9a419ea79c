// A place in a list of tokens, with the questions that a recursive-descent parser asks.
#pragma once
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "verify/nft/lexer.h"
#include "verify/refuse.h"

namespace untrack::verify::nft {

class Cursor {
 public:
  explicit Cursor(std::span<const Token> list) : tokens_(list) {}

  const Token& peek() const { return tokens_.front(); }
  std::uint32_t line() const { return peek().line; }
  bool at_end() const { return peek().kind == Token::Kind::End; }
  Token next() {
    const Token token = peek();
    if (!at_end()) tokens_ = tokens_.subspan(1);
    return token;
  }

  bool at_word(std::string_view word) const {
    return peek().kind == Token::Kind::Word && peek().text == word;
  }
  bool at_sign(std::string_view sign) const {
    return peek().kind == Token::Kind::Sign && peek().text == sign;
  }
  bool take_word(std::string_view word) { return at_word(word) && take(); }
  bool take_sign(std::string_view sign) { return at_sign(sign) && take(); }
  bool take_newline() { return peek().kind == Token::Kind::Newline && take(); }
  void skip_newlines() {
    while (take_newline()) {
    }
  }

  void expect_sign(std::string_view sign) {
    if (!take_sign(sign)) unexpected(fmt::format("`{}`", sign));
  }
  void expect_word(std::string_view word) {
    if (!take_word(word)) unexpected(fmt::format("`{}`", word));
  }
  std::string_view word(std::string_view what) { return take_kind(Token::Kind::Word, what); }
  std::string_view quoted(std::string_view what) { return take_kind(Token::Kind::Quoted, what); }
  std::uint64_t number(std::string_view what, std::uint64_t most);

  // A rule or a command ends here: at a newline or `;` (taken), or before `}`.
  bool at_statement_end() const {
    return at_end() || at_sign(";") || at_sign("}") || peek().kind == Token::Kind::Newline;
  }
  void take_statement_end() {
    if (!at_statement_end()) unexpected("the end of the statement");
    if (!at_sign("}")) next();
  }

  [[noreturn]] void unexpected(std::string_view wanted) const;

 private:
  bool take() {
    next();
    return true;
  }
  std::string_view take_kind(Token::Kind kind, std::string_view what) {
    if (peek().kind != kind) unexpected(what);
    return next().text;
  }
  std::span<const Token> tokens_;
};

}  // namespace untrack::verify::nft
