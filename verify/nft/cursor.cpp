#include "verify/nft/cursor.h"

#include "verify/number.h"

namespace untrack::verify::nft {

std::uint64_t Cursor::number(std::string_view what, std::uint64_t most) {
  const Token token = peek();
  if (token.kind != Token::Kind::Number) unexpected(what);
  const auto value = parse_number(token.text, most);
  if (!value) refuse(token.line, "`{}` is no {} (at most {}, no leading zero)", token.text, what, most);
  next();
  return *value;
}

void Cursor::unexpected(std::string_view wanted) const {
  if (at_end()) refuse(line(), "the text ends where {} should stand", wanted);
  if (peek().kind == Token::Kind::Newline) refuse(line(), "the line ends where {} should stand", wanted);
  refuse(line(), "`{}` where {} should stand", peek().text, wanted);
}

}  // namespace untrack::verify::nft
