#include "frontend/selector/parse.h"

#include <antlr4-runtime.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "SelectorLexer.h"
#include "SelectorParser.h"
#include "frontend/selector/byte_stream.h"
#include "frontend/selector/diagnose.h"
#include "frontend/selector/shape.h"

namespace untrack::frontend {

using Op = ir::SelectorNode::Op;

namespace {

// The token with which a condition begins says which one it is.
constexpr std::array<std::pair<std::size_t, Op>, 10> kConditions{{
    {SelectorParser::EQ, Op::Equal},
    {SelectorParser::NE, Op::NotEqual},
    {SelectorParser::CONTAINS, Op::Contains},
    {SelectorParser::STARTS, Op::StartsWith},
    {SelectorParser::STARTS_WITH, Op::StartsWith},
    {SelectorParser::ENDS, Op::EndsWith},
    {SelectorParser::ENDS_WITH, Op::EndsWith},
    {SelectorParser::IN, Op::In},
    {SelectorParser::NOT_WORD, Op::NotIn},
    {SelectorParser::NOT_IN, Op::NotIn},
}};

// Tokens, numbered as Shape numbers words and values.
class Numbering {
 public:
  explicit Numbering(const std::vector<antlr4::Token*>& tokens) {
    std::uint32_t words = 0, values = 0;
    numbers_.reserve(tokens.size());
    for (const antlr4::Token* token : tokens) {
      numbers_.push_back(is_word(*token)                             ? words++
                         : token->getType() == SelectorLexer::STRING ? values++
                                                                     : 0);
    }
  }
  std::uint32_t operator[](const antlr4::Token& token) const { return numbers_[token.getTokenIndex()]; }

 private:
  static bool is_word(const antlr4::Token& token) {
    switch (token.getType()) {
      case SelectorLexer::IDENTIFIER:
      case SelectorLexer::HAS:
      case SelectorLexer::ALL:
      case SelectorLexer::GLOBAL:
      case SelectorLexer::CONTAINS:
      case SelectorLexer::STARTS:
      case SelectorLexer::STARTS_WITH:
      case SelectorLexer::ENDS:
      case SelectorLexer::ENDS_WITH:
      case SelectorLexer::WITH:
      case SelectorLexer::IN:
      case SelectorLexer::NOT_WORD:
      case SelectorLexer::NOT_IN: return true;
    }
    return false;
  }

  std::vector<std::uint32_t> numbers_;
};

// From ANTLR's tree to ours. It recurses as deep as parentheses nest, which `within_limits` has bounded.
class PatternBuilder {
 public:
  explicit PatternBuilder(const Numbering& numbers) : numbers_(numbers) {}

  Pattern build(SelectorParser::SelectorContext& selector) && {
    if (selector.disjunction() == nullptr) {
      add({.op = Op::All});
    } else {
      disjunction(*selector.disjunction());
    }
    return std::move(pattern_);
  }

 private:
  // Each returns the index of the node that it made.
  std::uint32_t disjunction(SelectorParser::DisjunctionContext& context) {
    std::vector<std::uint32_t> operands;
    for (auto* conjunct : context.conjunction()) operands.push_back(conjunction(*conjunct));
    return join(Op::Or, std::move(operands));
  }

  std::uint32_t conjunction(SelectorParser::ConjunctionContext& context) {
    std::vector<std::uint32_t> operands;
    for (auto* operand : context.negation()) operands.push_back(negation(*operand));
    return join(Op::And, std::move(operands));
  }

  // Calico counts adjacent `!` and keeps one or none.
  std::uint32_t negation(SelectorParser::NegationContext& context) {
    const std::uint32_t operand = primary(*context.primary());
    if (context.NOT().size() % 2 == 0) return operand;
    return add({.op = Op::Not, .operands = {operand}});
  }

  std::uint32_t primary(SelectorParser::PrimaryContext& context) {
    if (context.disjunction() != nullptr) return disjunction(*context.disjunction());
    if (context.ALL() != nullptr) return add({.op = Op::All});
    if (context.GLOBAL() != nullptr) return add({.op = Op::Global});
    const std::uint32_t label = numbers_[*context.label()->start];
    if (context.HAS() != nullptr) return add({.op = Op::Has, .word = label});
    return condition(label, *context.condition());
  }

  std::uint32_t condition(std::uint32_t label, SelectorParser::ConditionContext& context) {
    const auto* known =
        std::ranges::find(kConditions, context.start->getType(), [](const auto& c) { return c.first; });
    assert(known != kConditions.end() && "the grammar has no other conditions");
    std::vector<std::uint32_t> values;
    if (auto* set = context.values()) {
      for (auto* value : set->STRING()) values.push_back(numbers_[*value->getSymbol()]);
    } else {
      values.push_back(numbers_[*context.STRING()->getSymbol()]);
    }
    return add({.op = known->second, .word = label, .values = std::move(values)});
  }

  std::uint32_t join(Op op, std::vector<std::uint32_t> operands) {
    if (operands.size() == 1) return operands.front();
    return add({.op = op, .operands = std::move(operands)});
  }

  std::uint32_t add(Pattern::Node node) {
    pattern_.nodes.push_back(std::move(node));
    return static_cast<std::uint32_t>(pattern_.nodes.size() - 1);
  }

  const Numbering& numbers_;
  Pattern pattern_;
};

}  // namespace

// What the grammar does not say. Until the parser meets its first error, the parentheses open here are those
// open there.
static bool within_limits(const std::vector<antlr4::Token*>& tokens) {
  std::size_t open = 0;
  for (const antlr4::Token* token : tokens) {
    switch (token->getType()) {
      case SelectorLexer::LPAREN:
        if (++open > kMaxSelectorDepth) return false;
        break;
      case SelectorLexer::HAS:
      case SelectorLexer::ALL:
      case SelectorLexer::GLOBAL: ++open; break;
      case SelectorLexer::RPAREN: open -= open > 0 ? 1 : 0; break;
    }
  }
  return true;
}

// Nothing for the shape of what is no selector; ANTLR's reason is of no use, see diagnose.h.
static std::optional<Pattern> read_shape(std::string_view text) {
  // ANTLR guards its prediction tables with one lock a process (atn/ATNSimulator.h), taken several times a
  // byte: measured, threads that share it get less done than threads that wait for their turn here.
  static std::mutex turn;
  const std::lock_guard hold(turn);

  ByteStream bytes(text);
  SelectorLexer lexer(&bytes);
  antlr4::CommonTokenStream tokens(&lexer);
  tokens.fill();
  if (!within_limits(tokens.getTokens())) return std::nullopt;

  SelectorParser parser(&tokens);
  parser.removeErrorListeners();
  parser.setErrorHandler(std::make_shared<antlr4::BailErrorStrategy>());
  // One token of context decides everywhere, two within a set: the cheaper prediction is exact.
  parser.getInterpreter<antlr4::atn::ParserATNSimulator>()->setPredictionMode(
      antlr4::atn::PredictionMode::SLL);
  try {
    return PatternBuilder(Numbering(tokens.getTokens())).build(*parser.selector());
  } catch (const antlr4::ParseCancellationException&) {
    return std::nullopt;
  }
}

// Each shape is read once a thread, or again after many others. The limits keep the memory of a long run
// bounded whatever it is given; no selector of a policy is so long (MaxLength, Calico
// api/pkg/apis/projectcalico/v3).
static constexpr std::size_t kMostRemembered = 1000;
static constexpr std::size_t kLongestRemembered = 1024;

static const std::optional<Pattern>& remembered_pattern(const std::string& shape) {
  thread_local std::unordered_map<std::string, std::optional<Pattern>> patterns;
  if (const auto found = patterns.find(shape); found != patterns.end()) return found->second;
  if (patterns.size() == kMostRemembered) patterns.clear();
  return patterns.emplace(shape, read_shape(shape)).first->second;
}

static std::optional<ir::Selector> read_selector(std::string_view text) {
  const std::optional<Shape> shape = shape_of(text);
  if (!shape) return std::nullopt;
  const auto fill = [&](const std::optional<Pattern>& pattern) {
    return pattern ? std::optional(filled(*pattern, *shape)) : std::nullopt;
  };
  if (shape->text.size() > kLongestRemembered) return fill(read_shape(shape->text));
  return fill(remembered_pattern(shape->text));
}

std::variant<ir::Selector, SelectorError> parse_selector(std::string_view text) {
  if (auto selector = read_selector(text)) return *std::move(selector);
  auto error = diagnose_selector(text);
  assert(error && "the grammar and the diagnosis accept the same texts");
  return *std::move(error);
}

}  // namespace untrack::frontend
