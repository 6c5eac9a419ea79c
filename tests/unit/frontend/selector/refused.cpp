#include <utility>

#include "vectors.h"

namespace untrack::frontend {

TEST_CASE("selector: each refused vector fails in Calico's words at Calico's byte") {
  const auto rows = rows_of("testdata/selectors/refused.txt");
  CHECK(rows.size() == 79);
  for (const auto& row : rows) {
    CAPTURE(row[0]);
    const std::string text = row[1].get<std::string>();
    const SelectorError error = refused(text);
    CHECK((error.phase == SelectorError::Phase::Lex ? "lex" : "parse") == row[2].get<std::string>());
    CHECK(error.offset == row[3].get<std::uint32_t>());
    CHECK(error.message == row[4].get<std::string>());
    CHECK(error.hint == row[5].get<std::string>());
    CHECK(error.offset + error.length <= text.size());
    CHECK((error.length == 0) == (error.offset == text.size()));
  }
}

TEST_CASE("selector: a lexical error wins over a grammatical one further left") {
  CHECK(refused("== == ) a = 'x'").offset == 10);
  CHECK(refused(std::string(2000, '(') + "$").message == "expected identifier");
}

TEST_CASE("selector: parentheses beyond the limit are refused, however many") {
  for (const std::size_t count : {1001, 100'000}) {
    const SelectorError error = refused(std::string(count, '(') + "all()" + std::string(count, ')'));
    CHECK(error.phase == SelectorError::Phase::Parse);
    CHECK(error.offset == kMaxSelectorDepth);
    CHECK(error.length == 1);
    CHECK(error.message == "parentheses nest deeper than 1000");
  }
  CHECK(refused(std::string(1000, '(')).message == "unexpected token: TokEOF()");
  CHECK(refused(std::string(100'000, ')')).offset == 0);
  CHECK(refused(std::string(100'000, '!')).offset == 100'000);
  CHECK(refused("all() " + std::string(2000, '(')).offset == 6);
}

TEST_CASE("selector: a label name holds up to 512 bytes wherever it stands") {
  const std::string longest(kMaxLabelBytes, 'l');
  for (const char* behind : {" == 'x'", " in {}", " contains ''"}) {
    CHECK(accepted(longest + behind).nodes().front().label == longest);
    const SelectorError error = refused("!" + longest + "l" + behind);
    CHECK(error.offset == 1);
    CHECK(error.length == 513);
    CHECK(error.message == "label too long: " + longest + "l");
  }
}

TEST_CASE("selector: the place of an error never splits a character") {
  CHECK(refused("caf\u00E9 == 'x'").length == 2);
  CHECK(refused("a == \u201Cx\u201D").length == 3);
  CHECK(refused("a == 'x' \xC3").length == 1);
}

TEST_CASE("selector: common slips have a hint") {
  const std::vector<std::pair<std::string_view, std::string_view>> hints{
      {"a == 'b' AND has(c)", "write `&&` instead of `AND`"},
      {"a == 'b' or (c == 'd')", "write `||` instead of `or`"},
      {"(a == 'b' and !has(c))", "write `&&` instead of `and`"},
      {"NOT (a == 'b')", "write `!` instead of `NOT`"},
      {"a == 'b' && not c == 'd'", "write `!` instead of `not`"},
      {"a NOT  IN {'x'}", "write `not in` instead of `NOT  IN`"},
      {"a startsWith 'x'", "write `starts with` instead of `startsWith`"},
      {"a notin x", "a set is written `{'x'}`"},
      {"a is 'x'", "write `==` instead of `is`"},
      {"a > '1'", "values have no order to compare by"},
      {"role == web and has(b)", "put the value in quotes: `'web'`"},
      {"a =~ 'x.*'", "there are no patterns; use `contains`, `starts with` or `ends with`"},
      {"a exists", "a label alone is no condition; write `has(a)` for any value"},
      {"a && b", "a label alone is no condition; write `has(a)` for any value"},
      {"a == {'x'}", "a set takes `in` or `not in`"},
      {"a == \u201Cx\u201D", "only the straight quotes `'` and `\"` are quotes"},
      {"a ==\u00A0'x'", "this is a no-break space; only spaces and tabs are blanks"},
      {"has(a == 'b')", "`has()` takes only a label; a comparison stands without it"},
      {"all()\r\n", "the text ends in a line feed: leave it out"},
  };
  for (const auto& [text, hint] : hints) {
    CAPTURE(text);
    CHECK(refused(text).hint == hint);
  }
}

}  // namespace untrack::frontend
