#include "verify/nft/lexer.h"

#include <algorithm>

#include "ir/address.h"
#include "verify/refuse.h"

namespace untrack::verify::nft {

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
static bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
static bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
static bool is_word(char c) {
  return is_letter(c) || is_digit(c) || c == '/' || c == '-' || c == '.' || c == '\\' || c == '*';
}

template <class Test>
static std::size_t run_length(std::string_view text, const Test& test) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), test) - text.begin());
}

// Length of the address at the head of the text, 0 if there is none. `::1: ` is an address and a colon.
static std::size_t address_length(std::string_view text) {
  std::size_t length = run_length(text, [](char c) { return is_hex(c) || c == ':' || c == '.'; });
  const auto run = text.substr(0, length);
  if (std::count(run.begin(), run.end(), ':') < 2 && run.find('.') == std::string_view::npos) return 0;
  if (ir::Address::parse(run)) return length;
  if (run.ends_with(':') && ir::Address::parse(run.substr(0, length - 1))) return length - 1;
  return 0;
}

static std::size_t number_length(std::string_view text) {
  if (text.starts_with("0x") || text.starts_with("0X")) return 2 + run_length(text.substr(2), is_hex);
  return run_length(text, is_digit);
}

static std::size_t sign_length(std::string_view text) {
  for (const std::string_view two : {"==", "!=", "<=", ">="}) {
    if (text.starts_with(two)) return 2;
  }
  return std::string_view("{}();,:./-&|^@<>=*").find(text.front()) == std::string_view::npos ? 0 : 1;
}

// One token's kind and length at the head of the text, which is neither blank nor a comment.
struct Piece {
  Token::Kind kind;
  std::size_t length;
};

static Piece piece(std::string_view text, std::uint32_t line) {
  if (text.front() == '\n') return {Token::Kind::Newline, 1};
  if (text.front() == '"') {
    const std::size_t end = text.find_first_of("\"\n", 1);
    if (end == std::string_view::npos || text[end] == '\n')
      refuse(line, "a quoted text has no end on its line");
    return {Token::Kind::Quoted, end + 1};
  }
  const std::size_t address = address_length(text);
  const std::size_t number = address == 0 && is_digit(text.front()) ? number_length(text) : 0;
  if (address + number > 0) {
    // nft would split `80abc` or `10.0.0.1.80` in some way; no sensible writer leaves it to that.
    const std::string_view rest = text.substr(address + number);
    if (!rest.empty() && (is_letter(rest.front()) || is_digit(rest.front()) || rest.front() == '.')) {
      refuse(line, "`{}` is not a number or an address", text.substr(0, run_length(text, is_word)));
    }
    return {address > 0 ? Token::Kind::Address : Token::Kind::Number, address + number};
  }
  if (is_letter(text.front())) return {Token::Kind::Word, run_length(text, is_word)};
  // `.80` is one string for nft, and so is `.x`.
  if (text.front() == '.' && text.size() > 1 && is_word(text[1])) refuse(line, "`.` needs a blank behind it");
  const std::size_t sign = sign_length(text);
  if (sign == 0)
    refuse(line, "a character that nft scripts do not have (code {})",
           static_cast<unsigned char>(text.front()));
  return {Token::Kind::Sign, sign};
}

std::vector<Token> tokens(std::string_view text) {
  std::vector<Token> found;
  std::uint32_t line = 1;
  while (!text.empty()) {
    if (text.front() == ' ' || text.front() == '\t') {
      text.remove_prefix(1);
    } else if (text.starts_with("\\\n")) {
      text.remove_prefix(2);
      ++line;
    } else if (text.front() == '#') {
      text.remove_prefix(std::min(text.find('\n'), text.size()));
    } else {
      const Piece next = piece(text, line);
      const bool quoted = next.kind == Token::Kind::Quoted;
      found.push_back(
          {next.kind, quoted ? text.substr(1, next.length - 2) : text.substr(0, next.length), line});
      if (next.kind == Token::Kind::Newline) ++line;
      text.remove_prefix(next.length);
    }
  }
  found.push_back({Token::Kind::Newline, "\n", line});
  found.push_back({Token::Kind::End, "", line});
  return found;
}

}  // namespace untrack::verify::nft
