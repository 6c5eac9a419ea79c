#include "frontend/selector/token.h"

#include <algorithm>
#include <array>

#include "frontend/selector/parse.h"

namespace untrack::frontend {

using Kind = Token::Kind;
using Reason = Refusal::Reason;

std::string calico_name(const Token& token) {
  switch (token.kind) {
    case Kind::Label: return "TokLabel(" + std::string(token.text) + ")";
    case Kind::String: return "TokStringLiteral(" + std::string(token.text) + ")";
    case Kind::Has: return "TokHas(" + std::string(token.text) + ")";
    case Kind::LBrace: return "TokLBrace()";
    case Kind::RBrace: return "TokRBrace()";
    case Kind::Comma: return "TokComma()";
    case Kind::Eq: return "TokEq()";
    case Kind::Ne: return "TokNe()";
    case Kind::In: return "TokIn()";
    case Kind::Not: return "TokNot()";
    case Kind::NotIn: return "TokNotIn()";
    case Kind::Contains: return "TokContains()";
    case Kind::StartsWith: return "TokStartsWith()";
    case Kind::EndsWith: return "TokEndsWith()";
    case Kind::All: return "TokAll()";
    case Kind::LParen: return "TokLParen()";
    case Kind::RParen: return "TokRParen()";
    case Kind::And: return "TokAnd()";
    case Kind::Or: return "TokOr()";
    case Kind::Global: return "TokGlobal()";
    case Kind::End: return "TokEOF()";
  }
  return {};
}

bool is_label_byte(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
         byte == '_' || byte == '.' || byte == '/' || byte == '-';
}

template <class Predicate>
static std::size_t run_at(std::string_view text, std::size_t offset, Predicate belongs) {
  const std::string_view rest = text.substr(offset);
  return static_cast<std::size_t>(std::ranges::find_if_not(rest, belongs) - rest.begin());
}

std::size_t blanks_at(std::string_view text, std::size_t offset) {
  return run_at(text, offset, [](char byte) { return byte == ' ' || byte == '\t'; });
}

std::size_t label_bytes_at(std::string_view text, std::size_t offset) {
  return run_at(text, offset, is_label_byte);
}

// What a reader takes for one thing: a word, or one character of UTF-8 with its continuation bytes.
static std::size_t thing_at(std::string_view text, std::size_t offset) {
  if (offset == text.size()) return 0;
  if (const std::size_t word = label_bytes_at(text, offset)) return word;
  return 1 + run_at(text, offset + 1,
                    [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; });
}

namespace {

struct Fixed {
  std::string_view spelling;
  Kind kind;
};
// `!=` comes before `!`.
constexpr std::array kPunctuation{
    Fixed{"(", Kind::LParen}, Fixed{")", Kind::RParen}, Fixed{"{", Kind::LBrace}, Fixed{"}", Kind::RBrace},
    Fixed{",", Kind::Comma},  Fixed{"==", Kind::Eq},    Fixed{"!=", Kind::Ne},    Fixed{"!", Kind::Not},
    Fixed{"&&", Kind::And},   Fixed{"||", Kind::Or},
};
constexpr std::array kFunctions{Fixed{"has(", Kind::Has}, Fixed{"all(", Kind::All},
                                Fixed{"global(", Kind::Global}};

struct WordOperator {
  std::string_view first;
  std::string_view second;  // may follow without a blank
  Kind kind;
};
constexpr std::array kWordOperators{
    WordOperator{"contains", "", Kind::Contains},
    WordOperator{"starts", "with", Kind::StartsWith},
    WordOperator{"ends", "with", Kind::EndsWith},
    WordOperator{"not", "in", Kind::NotIn},
    WordOperator{"in", "", Kind::In},
};

class Tokeniser {
 public:
  explicit Tokeniser(std::string_view text) : text_(text) {}

  Tokens run() {
    while (!tokens_.refusal && (tokens_.list.empty() || tokens_.list.back().kind != Kind::End)) step();
    return std::move(tokens_);
  }

 private:
  void step() {
    at_ += blanks_at(text_, at_);
    if (at_ == text_.size()) return take(Kind::End, 0);
    const char first = text_[at_];
    if (first == '\'' || first == '"') return take_string(first);
    for (const Fixed& fixed : kPunctuation) {
      if (rest().starts_with(fixed.spelling)) return take(fixed.kind, fixed.spelling.size());
    }
    if (first == '=') return refuse(Reason::ExpectedEq, at_, 1);
    if (first == '&') return refuse(Reason::ExpectedAnd, at_, 1);
    if (first == '|') return refuse(Reason::ExpectedOr, at_, 1);
    if (!tokens_.list.empty() && tokens_.list.back().kind == Kind::Label) return take_word_operator();
    for (const Fixed& function : kFunctions) {
      if (rest().starts_with(function.spelling)) return take_function(function);
    }
    if (const auto name = identifier_at(at_)) take(Kind::Label, name->size(), *name);
  }

  void take_string(char quote) {
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) return refuse(Reason::UnterminatedString, at_, 1);
    take(Kind::String, end + 1 - at_, text_.substr(at_ + 1, end - at_ - 1));
  }

  void take_word_operator() {
    for (const WordOperator& word : kWordOperators) {
      if (const std::size_t length = length_of(word)) return take(word.kind, length);
    }
    refuse(Reason::ExpectedOperator, at_, thing_at(text_, at_));
  }

  // 0 where `word` does not stand. A second word is looked at past the blanks behind it: `a starts with b`
  // fails here and `a contains b` not before the value is wanted.
  std::size_t length_of(const WordOperator& word) const {
    if (!rest().starts_with(word.first)) return 0;
    std::size_t end = at_ + word.first.size();
    if (word.second.empty()) return label_bytes_at(text_, end) == 0 ? end - at_ : 0;
    end += blanks_at(text_, end);
    if (!text_.substr(end).starts_with(word.second)) return 0;
    end += word.second.size();
    return label_bytes_at(text_, end + blanks_at(text_, end)) == 0 ? end - at_ : 0;
  }

  void take_function(const Fixed& function) {
    std::size_t end = at_ + function.spelling.size();
    end += blanks_at(text_, end);
    std::string_view name;
    if (function.kind == Kind::Has) {
      const auto found = identifier_at(end, function.spelling);
      if (!found) return;
      name = *found;
      end += name.size();
      end += blanks_at(text_, end);
    }
    if (!text_.substr(end).starts_with(')')) {
      return refuse(Reason::NoClosingParen, end, thing_at(text_, end), function.spelling);
    }
    take(function.kind, end + 1 - at_, name);
  }

  std::optional<std::string_view> identifier_at(std::size_t offset, std::string_view function = {}) {
    const std::size_t length = label_bytes_at(text_, offset);
    if (length > 0 && length <= kMaxLabelBytes) return text_.substr(offset, length);
    if (length > 0) refuse(Reason::LabelTooLong, offset, length, function);
    if (length == 0) refuse(Reason::ExpectedIdentifier, offset, thing_at(text_, offset), function);
    return std::nullopt;
  }

  std::string_view rest() const { return text_.substr(at_); }
  void take(Kind kind, std::size_t length, std::string_view text = {}) {
    tokens_.list.push_back({kind, static_cast<std::uint32_t>(at_), static_cast<std::uint32_t>(length), text});
    at_ += length;
  }
  void refuse(Reason reason, std::size_t offset, std::size_t length, std::string_view function = {}) {
    tokens_.refusal = Refusal{reason, static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(length),
                              tokens_.list.size(), function};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Tokens tokens_;
};

}  // namespace

Tokens tokenise(std::string_view text) {
  return Tokeniser(text).run();
}

}  // namespace untrack::frontend
