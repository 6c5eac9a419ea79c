#include "verify/nft/statement.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <set>

#include "verify/nft/expression.h"

namespace untrack::verify::nft {

// ---- matches

enum class Relation : std::uint8_t { Equal, NotEqual, Less, Greater, LessOrEqual, GreaterOrEqual };

struct RelationSign {
  std::string_view sign, word;
  Relation relation;
};
static constexpr RelationSign kRelations[] = {
    {"==", "eq", Relation::Equal},       {"!=", "ne", Relation::NotEqual},
    {"<=", "le", Relation::LessOrEqual}, {">=", "ge", Relation::GreaterOrEqual},
    {"<", "lt", Relation::Less},         {">", "gt", Relation::Greater},
};

static Relation parse_relation(Cursor& at) {
  for (const RelationSign& known : kRelations) {
    if (at.take_sign(known.sign) || at.take_word(known.word)) return known.relation;
  }
  return Relation::Equal;
}

// The numbers that stand in an ordering relation to a value; nothing if there is none (`< 0`).
static std::optional<Range> ordered(Relation relation, Number value, Number most) {
  const bool less = relation == Relation::Less || relation == Relation::LessOrEqual;
  const bool strict = relation == Relation::Less || relation == Relation::Greater;
  if (!strict) return less ? Range{0, value} : Range{value, most};
  if (value == (less ? 0 : most)) return std::nullopt;
  return less ? Range{0, value - 1} : Range{value + 1, most};
}

static Set parse_ordering(Cursor& at, const Key& key, Relation relation, Script& script) {
  const std::uint32_t line = at.line();
  const std::vector<Range> values = parse_values(at, types_of(key), script);
  const Type type = key.front().type;
  if (key.size() > 1 || type == Type::InterfaceName || values.front().first != values.front().last) {
    refuse(line, "only a single number can be compared with `<`, `>`, `<=`, `>=`");
  }
  Set set{.types = {type}, .interval = true};
  if (const auto range = ordered(relation, values.front().first, max_number(key.front().bits))) {
    set.elements.push_back({.values = {*range}, .line = line});
  }
  return set;
}

// `{ ... }`, `@name`, or one value. nft makes an interval set of a set in place where it needs one.
static SetSource parse_set_source(Cursor& at, const Key& key, bool verdict_map, Script& script) {
  if (at.take_sign("@")) return std::string(at.word("the name of a set"));
  Set set{.types = types_of(key), .verdict_map = verdict_map, .interval = true, .line = at.line()};
  if (at.at_sign("{")) {
    set.elements = parse_elements(at, set.types, verdict_map, script);
  } else {
    if (verdict_map) at.unexpected("`{` or `@`");
    set.elements.push_back({.values = parse_values(at, set.types, script), .line = set.line});
  }
  return set;
}

static bool is_one_value(const SetSource& source) {
  const auto* set = std::get_if<Set>(&source);
  return set != nullptr && set->elements.size() == 1 && !set->elements[0].catches_all() &&
         set->elements[0].values.size() == 1 &&
         set->elements[0].values[0].first == set->elements[0].values[0].last;
}

static bool has_range(Cursor from, const Cursor& to) {
  for (; &from.peek() != &to.peek(); from.next()) {
    if (from.at_sign("-")) return true;
  }
  return false;
}

static void parse_match(Cursor& at, Rule& rule, Script& script) {
  Key key = parse_key(at);
  if (at.take_word("vmap")) {
    SetSource map = parse_set_source(at, key, true, script);
    rule.statements.emplace_back(VerdictMapStatement{std::move(key), std::move(map)});
    return;
  }
  const Relation relation = parse_relation(at);
  if (relation != Relation::Equal && relation != Relation::NotEqual) {
    Set set = parse_ordering(at, key, relation, script);
    rule.statements.emplace_back(MatchStatement{.key = std::move(key), .set = std::move(set)});
    return;
  }
  Cursor from = at;
  SetSource set = parse_set_source(at, key, false, script);
  const bool one_value = key.size() == 1 && !key[0].mask && is_one_value(set);
  const bool negated = relation == Relation::NotEqual;
  rule.statements.emplace_back(MatchStatement{std::move(key), negated, std::move(set), one_value && !negated,
                                              one_value && negated && !has_range(from, at)});
}

// ---- other statements

static void parse_counter(Cursor& at) {
  at.expect_word("counter");
  if (!at.take_word("packets")) return;
  at.number("count", ~std::uint64_t{0});
  at.expect_word("bytes");
  at.number("count", ~std::uint64_t{0});
}

// `limit rate 10/second burst 5 packets`. nft's default burst is 5 (nft(8), "LIMIT STATEMENT").
static ir::LogLimit parse_limit(Cursor& at) {
  static constexpr std::string_view kUnits[] = {"second", "minute", "hour", "day", "week"};
  ir::LogLimit limit;
  at.expect_word("limit");
  at.expect_word("rate");
  const std::uint32_t line = at.line();
  limit.rate = static_cast<std::uint32_t>(at.number("rate in packets", 0xffffffff));
  at.expect_sign("/");
  limit.unit = at.word("a unit of time");
  if (std::find(std::begin(kUnits), std::end(kUnits), limit.unit) == std::end(kUnits)) {
    refuse(line, "a limit per `{}` is not understood", limit.unit);
  }
  if (at.take_word("burst")) {
    limit.burst = static_cast<std::uint32_t>(at.number("burst", 0xffffffff));
    at.expect_word("packets");
  }
  return limit;
}

// NF_LOG_PREFIXLEN - 1, with the final zero (linux/netfilter/nf_log.h).
static constexpr std::size_t kLongestLogPrefix = 127;

// The level changes no verdict and no text. `group` would send the packet elsewhere and is not understood.
static LogStatement parse_log(Cursor& at) {
  LogStatement log;
  at.expect_word("log");
  while (true) {
    if (at.take_word("prefix")) {
      log.log.prefix = at.quoted("the prefix in quotes");
      if (log.log.prefix.size() > kLongestLogPrefix) {
        refuse(at.line(), "a log prefix has at most {} characters", kLongestLogPrefix);
      }
    } else if (at.take_word("level")) {
      at.word("a log level");
    } else {
      return log;
    }
  }
}

// A limit is understood where it limits nothing but a log: the rule ends with both.
static LogStatement parse_limited_log(Cursor& at) {
  const std::uint32_t line = at.line();
  const ir::LogLimit limit = parse_limit(at);
  while (at.at_word("counter")) parse_counter(at);
  if (!at.at_word("log"))
    refuse(line, "a limit that limits more than a log makes the verdict depend on time");
  LogStatement log = parse_log(at);
  log.log.limit = limit;
  while (at.at_word("counter")) parse_counter(at);
  if (!at.at_statement_end() && !at.at_word("comment") && !at.at_word("continue")) {
    refuse(line, "behind a limited log the rule must end: what follows would be limited too");
  }
  return log;
}

// `meta mark & 0x10000 == 0x10000`, or another comparison that asks for one bit; behind `mark`.
static void parse_mark_test(Cursor& at, Rule& rule, Script& script) {
  const std::uint32_t line = at.line();
  if (!script.takes_mark_tests)
    refuse(line, "packets come here with any mark: a test of it says nothing about them");
  if (!at.take_sign("&") && !at.take_word("and"))
    refuse(line, "the whole packet mark is tested, with the bits of others");
  const auto bit = static_cast<std::uint32_t>(at.number("mask", 0xffffffff));
  const Relation relation = parse_relation(at);
  const std::uint64_t value = at.number("mark", 0xffffffff);
  const bool compares = relation == Relation::Equal || relation == Relation::NotEqual;
  if (!compares || !std::has_single_bit(bit) || (value != 0 && value != bit) ||
      script.tested_mark.value_or(bit) != bit)
    refuse(line, "more than one bit of the packet mark is tested");
  script.tested_mark = bit;
  const Number set = value != 0;
  rule.statements.emplace_back(MatchStatement{
      .key = {{Quantity::MarkBit, Type::Boolean, 1, {}, {}}},
      .negated = relation == Relation::NotEqual,
      .set =
          Set{.types = {Type::Boolean}, .elements = {{.values = {{set, set}}, .line = line}}, .line = line}});
}

// `meta mark set meta mark or 0x10000`, listed as `meta mark set meta mark | 0x00010000`; and with 0xfffeffff
// for clearing.
static void parse_mark(Cursor& at, Rule& rule, Script& script) {
  const std::uint32_t line = at.line();
  at.take_word("meta");
  at.expect_word("mark");
  if (!at.take_word("set")) return parse_mark_test(at, rule, script);
  at.take_word("meta");
  if (!at.take_word("mark")) refuse(line, "the whole packet mark is written, with the bits of others");
  const bool sets = at.take_word("or") || at.take_sign("|");
  if (!sets && !at.take_word("and")) at.expect_sign("&");
  const auto operand = static_cast<std::uint32_t>(at.number("mark", 0xffffffff));
  const std::uint32_t bit = sets ? operand : ~operand;
  if (!std::has_single_bit(bit) || script.mark.value_or(bit) != bit)
    refuse(line, "more than one bit of the packet mark is written");
  script.mark = bit;
  if (sets) {
    rule.statements.emplace_back(SetMarkStatement{});
  } else {
    rule.statements.emplace_back(ClearMarkStatement{});
  }
}

static bool ends_rule(const Statement& statement) {
  const auto* verdict = std::get_if<Verdict>(&statement);
  return verdict != nullptr || std::holds_alternative<VerdictMapStatement>(statement);
}

static bool at_mark(Cursor at) {
  at.take_word("meta");
  return at.at_word("mark");
}

static void parse_statement(Cursor& at, Rule& rule, Script& script) {
  if (at.at_word("counter")) {
    parse_counter(at);
  } else if (at.take_word("notrack")) {
    rule.statements.push_back(NotrackStatement{});
  } else if (at.at_word("log")) {
    rule.statements.push_back(parse_log(at));
  } else if (at.at_word("limit")) {
    rule.statements.push_back(parse_limited_log(at));
  } else if (at_verdict(at)) {
    rule.statements.push_back(parse_verdict(at));
  } else if (at_mark(at)) {
    parse_mark(at, rule, script);
  } else if (at_key(at)) {
    parse_match(at, rule, script);
  } else {
    refuse(at.line(), "`{}` is not understood", at.peek().text);
  }
}

// `th sport != 1 th dport != 2`: fields beside each other that come to 4 bytes at most. nft 1.0.6 loads both
// as one field that is not the two values together, whatever stands between (stmt_reduce in src/rule.c;
// tried). So a packet passes of which one alone is unequal. It leaves ranges alone, `!= 2-2` too.
static void check_no_neighbours(const Rule& rule) {
  std::set<Quantity> unequal;
  for (const Statement& statement : rule.statements) {
    const auto* match = std::get_if<MatchStatement>(&statement);
    if (match != nullptr && match->is_inequality) unequal.insert(match->key.front().quantity);
  }
  for (const auto& [a, b] : {std::pair(Quantity::SourcePort, Quantity::DestinationPort),
                             std::pair(Quantity::IcmpType, Quantity::IcmpCode)}) {
    if (unequal.contains(a) && unequal.contains(b))
      refuse(rule.line,
             "nft may load two `!=` of fields beside each other as one; write one as a range, `!= 80-80`");
  }
}

Rule parse_rule(Cursor& at, Script& script) {
  Rule rule;
  rule.line = at.line();
  while (!at.at_statement_end()) {
    if (at.take_word("comment")) {
      at.quoted("the text of a comment");
      if (!at.at_statement_end()) at.unexpected("the end of the rule");
      break;
    }
    if (!rule.statements.empty() && ends_rule(rule.statements.back())) {
      refuse(at.line(), "`{}` stands behind the verdict of its rule", at.peek().text);
    }
    parse_statement(at, rule, script);
  }
  check_no_neighbours(rule);
  return rule;
}

}  // namespace untrack::verify::nft
