#include "frontend/selector/hint.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "frontend/selector/parse.h"

namespace untrack::frontend {

using Kind = Token::Kind;
using Reason = Refusal::Reason;

static constexpr const char* kOperators =
    "after a label comes one of `==`, `!=`, `in`, `not in`, `contains`, `starts with`, `ends with`";
static constexpr const char* kLabelBytes = "label names are made of letters, digits and `_`, `.`, `/`, `-`";
static constexpr const char* kNoPatterns =
    "there are no patterns; use `contains`, `starts with` or `ends with`";

static std::string lower_case(std::string_view word) {
  std::string lower(word);
  for (char& byte : lower) {
    if (byte >= 'A' && byte <= 'Z') byte = static_cast<char>(byte - 'A' + 'a');
  }
  return lower;
}

static std::string_view word_at(std::string_view text, std::size_t offset) {
  return text.substr(offset, label_bytes_at(text, offset));
}

static std::string label_alone(std::string_view label) {
  const std::string function = lower_case(label);
  if (function == "all" || function == "global") return fmt::format("write `{}()`", function);
  return fmt::format("a label alone is no condition; write `has({})` for any value", label);
}

static std::string unquoted(std::string_view value) {
  return fmt::format("put the value in quotes: `'{}'`", value);
}

// A word where a comparison wants its value: `a == b && …`.
static bool is_unquoted_value(llvm::ArrayRef<Token> tokens, std::size_t index) {
  if (index == 0 || index >= tokens.size() || tokens[index].kind != Kind::Label) return false;
  switch (tokens[index - 1].kind) {
    case Kind::Eq:
    case Kind::Ne:
    case Kind::Contains:
    case Kind::StartsWith:
    case Kind::EndsWith: return true;
    case Kind::End:
    case Kind::Label:
    case Kind::String:
    case Kind::LBrace:
    case Kind::RBrace:
    case Kind::Comma:
    case Kind::Not:
    case Kind::In:
    case Kind::NotIn:
    case Kind::All:
    case Kind::Has:
    case Kind::Global:
    case Kind::LParen:
    case Kind::RParen:
    case Kind::And:
    case Kind::Or: break;
  }
  return false;
}

static bool ends_operand(Kind kind) {
  return kind == Kind::String || kind == Kind::RBrace || kind == Kind::RParen || kind == Kind::Has ||
         kind == Kind::All || kind == Kind::Global;
}

// `and`, `or` and `not` of other languages: Calico takes them for labels and stumbles over what follows.
static std::string logical_word(llvm::ArrayRef<Token> tokens, std::size_t index) {
  if (tokens[index].kind != Kind::Label) return {};
  const std::string word = lower_case(tokens[index].text);
  const bool behind_operand = index > 0 && ends_operand(tokens[index - 1].kind);
  if (behind_operand && word == "and") return fmt::format("write `&&` instead of `{}`", tokens[index].text);
  if (behind_operand && word == "or") return fmt::format("write `||` instead of `{}`", tokens[index].text);
  if (!behind_operand && word == "not") return fmt::format("write `!` instead of `{}`", tokens[index].text);
  return {};
}

// Characters that look like a blank or a quote and are none.
static std::string look_alike(std::string_view rest) {
  if (rest.starts_with('\n') || rest.starts_with('\r')) {
    return rest.find_first_not_of(" \t\r\n") == std::string_view::npos
               ? "the text ends in a line feed: leave it out"
               : "a line feed is no blank here: write one line";
  }
  if (rest.starts_with("\u00A0")) return "this is a no-break space; only spaces and tabs are blanks";
  for (const std::string_view quote : {"\u2018", "\u2019", "\u201C", "\u201D"}) {
    if (rest.starts_with(quote)) return "only the straight quotes `'` and `\"` are quotes";
  }
  return {};
}

static std::string single_equals(std::string_view rest, llvm::ArrayRef<Token> tokens) {
  const Kind before = tokens.empty() ? Kind::End : tokens.back().kind;
  if (rest.starts_with("=~")) return kNoPatterns;
  if (before == Kind::Eq) return "write `==` instead of `===`";
  if (before == Kind::Ne) return "write `!=` instead of `!==`";
  if (before == Kind::Not) return "write `!=` without a blank inside";
  return "write `==` instead of `=`";
}

static std::string unterminated(std::string_view text, std::size_t offset) {
  const char quote = text[offset];
  const char other = quote == '"' ? '\'' : '"';
  if (text.find(std::string{'\\', quote}) < offset) {
    return fmt::format("a backslash escapes nothing; put a value that holds `{}` between two `{}`", quote,
                       other, other);
  }
  return fmt::format("close the value with another `{}`", quote);
}

namespace {
struct Spelling {
  std::string_view written;  // lower case, without the blank between two words
  std::string_view meant;
};
constexpr std::array kSpellings{
    Spelling{"contains", "contains"},
    Spelling{"startswith", "starts with"},
    Spelling{"starts", "starts with"},
    Spelling{"endswith", "ends with"},
    Spelling{"ends", "ends with"},
    Spelling{"in", "in"},
    Spelling{"notin", "not in"},
    Spelling{"not", "not in"},
    Spelling{"is", "=="},
    Spelling{"eq", "=="},
    Spelling{"equals", "=="},
    Spelling{"ne", "!="},
    Spelling{"like", "contains"},
};
}  // namespace

// The word at `offset`, or both words of an operator that has two.
static std::string_view operator_at(std::string_view text, std::size_t offset) {
  const std::string_view word = word_at(text, offset);
  const std::size_t behind = offset + word.size();
  const std::size_t second_at = behind + blanks_at(text, behind);
  const std::string_view second = word_at(text, second_at);
  const std::string phrase = lower_case(word) + " " + lower_case(second);
  const bool two_words = phrase == "not in" || phrase == "starts with" || phrase == "ends with";
  return two_words ? text.substr(offset, second_at + second.size() - offset) : word;
}

// What stands at `offset` where an operator is wanted.
static std::string misspelt_operator(std::string_view text, std::size_t offset, std::string_view label) {
  const std::string_view rest = text.substr(offset);
  if (rest.starts_with("<>")) return "write `!=` instead of `<>`";
  if (rest.starts_with('<') || rest.starts_with('>')) return "values have no order to compare by";
  if (rest.starts_with('~')) return kNoPatterns;

  const std::string_view written = operator_at(text, offset);
  if (written.empty()) return is_label_byte(text[offset - 1]) ? kLabelBytes : kOperators;
  std::string key = lower_case(written);
  const bool lower = key == written;
  std::erase_if(key, [](char byte) { return byte == ' ' || byte == '\t'; });
  if (key == "and" || key == "or" || key == "exists") return label_alone(label);

  const auto* spelling = std::ranges::find(kSpellings, key, &Spelling::written);
  if (spelling == kSpellings.end()) return kOperators;
  // An operator of two words that is written right was refused for the bare word behind it.
  const bool right = lower && (key.ends_with("with") || key == "notin");
  if (!right) return fmt::format("write `{}` instead of `{}`", spelling->meant, written);
  const std::size_t end = offset + written.size();
  const std::string_view value = word_at(text, end + blanks_at(text, end));
  return key == "notin" ? fmt::format("a set is written `{{'{}'}}`", value) : unquoted(value);
}

static std::string no_identifier(std::string_view rest, bool inside_has) {
  if (inside_has && rest.empty()) return "name a label and close it: `has(label)`";
  if (inside_has && rest.starts_with(')')) return "name a label: `has(label)`";
  if (inside_has && (rest.starts_with('\'') || rest.starts_with('"'))) return "label names take no quotes";
  return kLabelBytes;
}

static std::string unclosed_function(std::string_view text, const Refusal& refusal) {
  if (refusal.length == 0) return "close it with `)`";
  if (refusal.function != "has(")
    return fmt::format("`{})` takes nothing between its parentheses", refusal.function);
  const bool compares = std::string_view("=!").find(text[refusal.offset]) != std::string_view::npos;
  return compares ? "`has()` takes only a label; a comparison stands without it" : "`has()` takes one label";
}

static std::string no_comparison(llvm::ArrayRef<Token> tokens, std::size_t index) {
  const std::string_view label = tokens[index - 1].text;
  if (const std::string slip = logical_word(tokens, index - 1); !slip.empty()) return slip;
  const Kind kind = tokens[index].kind;
  if (kind == Kind::RParen || kind == Kind::And || kind == Kind::Or) return label_alone(label);
  if (kind == Kind::String) return "write an operator such as `==` between label and value";
  if (kind == Kind::Not) return "write `!=` to compare, or `!` before the label";
  if (kind == Kind::LBrace) return "write `in` before a set";
  if (kind != Kind::LParen) return kOperators;
  const std::string function = lower_case(label);
  if (function != "has" && function != "all" && function != "global") {
    return "the functions are `has(label)`, `all()` and `global()`";
  }
  if (function != label) return fmt::format("write `{}(` in lower case", function);
  return fmt::format("write `{}(` without a blank inside", function);
}

static std::string no_string(const Token& token) {
  if (token.kind == Kind::Label) return unquoted(token.text);
  if (token.kind == Kind::LBrace) return "a set takes `in` or `not in`";
  return "write the value in quotes";
}

static std::string no_set(const Token& token) {
  if (token.kind == Kind::String || token.kind == Kind::Label) {
    return fmt::format("a set is written `{{'{}'}}`, in braces", token.text);
  }
  return "a set is written `{'a', 'b'}`, in braces";
}

static std::string no_closing_brace(const Token& token) {
  if (token.kind == Kind::Label) return unquoted(token.text);
  if (token.kind == Kind::String) return "put a comma between two values";
  if (token.kind == Kind::Comma) return "a comma stands only behind a value";
  return "close the set with `}`";
}

static std::string no_closing_paren(llvm::ArrayRef<Token> tokens, std::size_t index) {
  if (const std::string slip = logical_word(tokens, index); !slip.empty()) return slip;
  if (tokens[index].kind == Kind::End) return "close the parenthesis with `)`";
  return "join conditions with `&&` or `||`";
}

static std::string no_operand(const Token& token) {
  if (token.kind == Kind::End) return "a condition is missing at the end";
  if (token.kind == Kind::RParen) return "a condition is missing before `)`";
  if (token.kind == Kind::String) return "label names take no quotes, and stand on the left";
  if (token.kind == Kind::And || token.kind == Kind::Or) return "a condition is missing before it";
  return "a comparison begins with a label";
}

static std::string surplus(llvm::ArrayRef<Token> tokens, std::size_t index) {
  if (const std::string slip = logical_word(tokens, index); !slip.empty()) return slip;
  if (tokens[index].kind == Kind::RParen) return "this `)` closes nothing";
  return "join conditions with `&&` or `||`";
}

std::string hint(std::string_view text, llvm::ArrayRef<Token> tokens, const Refusal& refusal) {
  const std::string_view rest = text.substr(refusal.offset);
  const std::size_t index = refusal.token;
  switch (refusal.reason) {
    case Reason::ExpectedEq: return single_equals(rest, tokens);
    case Reason::ExpectedAnd: return "write `&&` instead of `&`";
    case Reason::ExpectedOr: return "write `||` instead of `|`";
    case Reason::UnterminatedString: return unterminated(text, refusal.offset);
    case Reason::ExpectedOperator:
      if (const std::string slip = look_alike(rest); !slip.empty()) return slip;
      if (const std::string slip = logical_word(tokens, index - 1); !slip.empty()) return slip;
      if (is_unquoted_value(tokens, index - 1)) return unquoted(tokens[index - 1].text);
      return misspelt_operator(text, refusal.offset, tokens.back().text);
    case Reason::ExpectedIdentifier:
      if (const std::string slip = look_alike(rest); !slip.empty()) return slip;
      return no_identifier(rest, !refusal.function.empty());
    case Reason::LabelTooLong: return fmt::format("a label name has at most {} bytes", kMaxLabelBytes);
    case Reason::NoClosingParen:
      if (const std::string slip = look_alike(rest); !slip.empty()) return slip;
      return unclosed_function(text, refusal);
    case Reason::LabelAtEnd: return label_alone(tokens[index - 1].text);
    case Reason::ExpectedEqOrNe: return no_comparison(tokens, index);
    case Reason::ExpectedString: return no_string(tokens[index]);
    case Reason::ExpectedSet: return no_set(tokens[index]);
    case Reason::ExpectedRBrace: return no_closing_brace(tokens[index]);
    case Reason::ExpectedRParen: return no_closing_paren(tokens, index);
    case Reason::UnexpectedToken: return no_operand(tokens[index]);
    case Reason::UnexpectedContent: return surplus(tokens, index);
    case Reason::TooDeep: return "remove parentheses that group nothing";
  }
  return {};
}

}  // namespace untrack::frontend
