#include "frontend/selector/diagnose.h"

#include <fmt/format.h>
#include <llvm/ADT/ArrayRef.h>

#include "frontend/selector/hint.h"
#include "frontend/selector/token.h"

namespace untrack::frontend {

using Kind = Token::Kind;
using Reason = Refusal::Reason;

static Refusal refuse(Reason reason, llvm::ArrayRef<Token> tokens, std::size_t index) {
  return {reason, tokens[index].offset, tokens[index].length, index, {}};
}

// Reads a set from its brace on and leaves `at` behind it.
static std::optional<Refusal> read_set(llvm::ArrayRef<Token> tokens, std::size_t& at) {
  if (tokens[at].kind != Kind::LBrace) return refuse(Reason::ExpectedSet, tokens, at);
  ++at;
  while (tokens[at].kind == Kind::String) {
    ++at;
    if (tokens[at].kind != Kind::Comma) break;
    ++at;
  }
  if (tokens[at].kind != Kind::RBrace) return refuse(Reason::ExpectedRBrace, tokens, at);
  ++at;
  return std::nullopt;
}

// Reads a comparison from its label on and leaves `at` behind it.
static std::optional<Refusal> read_comparison(llvm::ArrayRef<Token> tokens, std::size_t& at) {
  ++at;
  switch (tokens[at].kind) {
    case Kind::Eq:
    case Kind::Ne:
    case Kind::Contains:
    case Kind::StartsWith:
    case Kind::EndsWith:
      ++at;
      if (tokens[at].kind != Kind::String) return refuse(Reason::ExpectedString, tokens, at);
      ++at;
      return std::nullopt;
    case Kind::In:
    case Kind::NotIn: ++at; return read_set(tokens, at);
    case Kind::End: return refuse(Reason::LabelAtEnd, tokens, at);
    case Kind::Label:
    case Kind::String:
    case Kind::LBrace:
    case Kind::RBrace:
    case Kind::Comma:
    case Kind::Not:
    case Kind::All:
    case Kind::Has:
    case Kind::Global:
    case Kind::LParen:
    case Kind::RParen:
    case Kind::And:
    case Kind::Or: break;
  }
  return refuse(Reason::ExpectedEqOrNe, tokens, at);
}

// Only parentheses nest, so their number is all that a stack would hold.
static std::optional<Refusal> read_selector(llvm::ArrayRef<Token> tokens) {
  if (tokens.front().kind == Kind::End) return std::nullopt;
  std::uint32_t open = 0;
  for (std::size_t at = 0;; ++at) {
    while (tokens[at].kind == Kind::Not) ++at;
    const Kind operand = tokens[at].kind;
    if (operand == Kind::LParen) {
      if (++open > kMaxSelectorDepth) return refuse(Reason::TooDeep, tokens, at);
      continue;
    }
    if (operand == Kind::Label) {
      if (auto refusal = read_comparison(tokens, at)) return refusal;
    } else if (operand == Kind::Has || operand == Kind::All || operand == Kind::Global) {
      ++at;
    } else {
      return refuse(Reason::UnexpectedToken, tokens, at);
    }
    for (; open > 0 && tokens[at].kind == Kind::RParen; ++at) --open;
    if (tokens[at].kind == Kind::And || tokens[at].kind == Kind::Or) continue;
    if (open > 0) return refuse(Reason::ExpectedRParen, tokens, at);
    if (tokens[at].kind == Kind::End) return std::nullopt;
    return refuse(Reason::UnexpectedContent, tokens, at);
  }
}

static std::string calico_names(llvm::ArrayRef<Token> tokens) {
  std::string names;
  for (const Token& token : tokens) names += (names.empty() ? "" : " ") + calico_name(token);
  return names;
}

// Calico's words but for the last one: Calico has no limit of its own.
static std::string message(std::string_view text, llvm::ArrayRef<Token> tokens, const Refusal& refusal) {
  switch (refusal.reason) {
    case Reason::ExpectedEq: return "expected ==";
    case Reason::ExpectedAnd: return "expected &&";
    case Reason::ExpectedOr: return "expected ||";
    case Reason::UnterminatedString: return "unterminated string";
    case Reason::ExpectedOperator:
      return fmt::format("expected operator after label \"{}\"", tokens.back().text);
    case Reason::ExpectedIdentifier: return "expected identifier";
    case Reason::LabelTooLong:
      return fmt::format("label too long: {}", text.substr(refusal.offset, refusal.length));
    case Reason::NoClosingParen: return fmt::format("no closing ')' after {}", refusal.function);
    case Reason::LabelAtEnd: return "unexpected end of string looking for op";
    case Reason::ExpectedEqOrNe: return "expected == or != not: " + calico_name(tokens[refusal.token]);
    case Reason::ExpectedString: return "expected string";
    case Reason::ExpectedSet: return "expected set literal";
    case Reason::ExpectedRBrace: return "expected }";
    case Reason::ExpectedRParen: return "expected )";
    case Reason::UnexpectedToken: return "unexpected token: " + calico_name(tokens[refusal.token]);
    case Reason::UnexpectedContent:
      return fmt::format("unexpected content at end of selector [{}]",
                         calico_names(tokens.drop_front(refusal.token)));
    case Reason::TooDeep: return fmt::format("parentheses nest deeper than {}", kMaxSelectorDepth);
  }
  return {};
}

std::optional<SelectorError> diagnose_selector(std::string_view text) {
  const Tokens tokens = tokenise(text);
  const auto refusal = tokens.refusal ? tokens.refusal : read_selector(tokens.list);
  if (!refusal) return std::nullopt;
  return SelectorError{tokens.refusal ? SelectorError::Phase::Lex : SelectorError::Phase::Parse,
                       refusal->offset, refusal->length, message(text, tokens.list, *refusal),
                       hint(text, tokens.list, *refusal)};
}

}  // namespace untrack::frontend
