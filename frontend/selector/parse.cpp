#include "frontend/selector/parse.h"

#include <antlr4-runtime.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <memory>
#include <mutex>
#include <utility>

#include "SelectorLexer.h"
#include "SelectorParser.h"
#include "frontend/selector/byte_stream.h"
#include "frontend/selector/diagnose.h"

namespace untrack::frontend {

using ir::SelectorNode;
using Op = SelectorNode::Op;

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

// From ANTLR's tree to ours. It recurses as deep as parentheses nest, which `within_limits` has bounded.
class NodeBuilder {
 public:
  explicit NodeBuilder(std::string_view text) : text_(text) {}

  ir::Selector build(SelectorParser::SelectorContext& selector) && {
    if (selector.disjunction() == nullptr) return ir::Selector::all();
    disjunction(*selector.disjunction());
    return ir::Selector(std::move(nodes_));
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
    std::string label(text_of(*context.label()->start));
    if (context.HAS() != nullptr) return add({.op = Op::Has, .label = std::move(label)});
    return condition(std::move(label), *context.condition());
  }

  std::uint32_t condition(std::string label, SelectorParser::ConditionContext& context) {
    const auto* known =
        std::ranges::find(kConditions, context.start->getType(), [](const auto& c) { return c.first; });
    assert(known != kConditions.end() && "the grammar has no other conditions");
    std::vector<std::string> values;
    if (auto* set = context.values()) {
      for (auto* value : set->STRING()) values.push_back(value_of(*value));
      std::ranges::sort(values);
      values.erase(std::unique(values.begin(), values.end()), values.end());
    } else {
      values.push_back(value_of(*context.STRING()));
    }
    return add({.op = known->second, .label = std::move(label), .values = std::move(values)});
  }

  std::uint32_t join(Op op, std::vector<std::uint32_t> operands) {
    if (operands.size() == 1) return operands.front();
    return add({.op = op, .operands = std::move(operands)});
  }

  std::uint32_t add(SelectorNode node) {
    nodes_.push_back(std::move(node));
    return static_cast<std::uint32_t>(nodes_.size() - 1);
  }

  std::string_view text_of(const antlr4::Token& token) const {
    return text_.substr(token.getStartIndex(), token.getStopIndex() + 1 - token.getStartIndex());
  }
  std::string value_of(antlr4::tree::TerminalNode& literal) const {
    const std::string_view quoted = text_of(*literal.getSymbol());
    return std::string(quoted.substr(1, quoted.size() - 2));
  }

  std::string_view text_;
  std::vector<SelectorNode> nodes_;
};

}  // namespace

// What the grammar does not say. Until the parser meets its first error, the parentheses open here are those
// open there.
static bool within_limits(const std::vector<antlr4::Token*>& tokens) {
  std::size_t open = 0;
  for (const antlr4::Token* token : tokens) {
    switch (token->getType()) {
      case SelectorLexer::IDENTIFIER:
        if (token->getStopIndex() + 1 - token->getStartIndex() > kMaxLabelBytes) return false;
        break;
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

// Nothing for a text that is no selector; ANTLR's reason is of no use, see diagnose.h.
static std::optional<ir::Selector> read_selector(std::string_view text) {
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
    return NodeBuilder(text).build(*parser.selector());
  } catch (const antlr4::ParseCancellationException&) {
    return std::nullopt;
  }
}

std::variant<ir::Selector, SelectorError> parse_selector(std::string_view text) {
  if (auto selector = read_selector(text)) return *std::move(selector);
  auto error = diagnose_selector(text);
  assert(error && "the grammar and the diagnosis accept the same texts");
  return *std::move(error);
}

}  // namespace untrack::frontend
