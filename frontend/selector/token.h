// Calico's tokens of a selector (Calico libcalico-go/lib/selector/tokenizer/tokenizer.go). The grammar
// decides what is a selector; these serve to say in Calico's words why a text is none.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace untrack::frontend {

struct Token {
  enum class Kind : std::uint8_t {
    Label,
    String,
    LBrace,
    RBrace,
    Comma,
    Eq,
    Ne,
    In,
    Not,
    NotIn,
    Contains,
    StartsWith,
    EndsWith,
    All,
    Has,
    LParen,
    RParen,
    And,
    Or,
    Global,
    End,
  };
  Kind kind = Kind::End;
  std::uint32_t offset = 0;  // bytes
  std::uint32_t length = 0;  // bytes, quotes included; 0 at the end
  std::string_view text;     // the name of Label and Has, the value of String
};

std::string calico_name(const Token& token);  // `TokLabel(role)`

struct Refusal {
  enum class Reason : std::uint8_t {
    // lexical
    ExpectedEq,
    ExpectedAnd,
    ExpectedOr,
    UnterminatedString,
    ExpectedOperator,
    ExpectedIdentifier,
    LabelTooLong,
    NoClosingParen,
    // grammatical
    LabelAtEnd,
    ExpectedEqOrNe,
    ExpectedString,
    ExpectedSet,
    ExpectedRBrace,
    ExpectedRParen,
    UnexpectedToken,
    UnexpectedContent,
    TooDeep,
  };
  Reason reason = Reason::UnexpectedToken;
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
  std::size_t token = 0;      // the index of the offending token; a lexical one stands behind the last
  std::string_view function;  // inside one: `has(`, `all(` or `global(`
};

struct Tokens {
  std::vector<Token> list;  // without a refusal the last one is End
  std::optional<Refusal> refusal;
};
Tokens tokenise(std::string_view text);

bool is_label_byte(char byte);
std::size_t blanks_at(std::string_view text, std::size_t offset);       // how many follow
std::size_t label_bytes_at(std::string_view text, std::size_t offset);  // how many follow

}  // namespace untrack::frontend
