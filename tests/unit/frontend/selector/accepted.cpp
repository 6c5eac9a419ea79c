#include <utility>

#include "vectors.h"

namespace untrack::frontend {

TEST_CASE("selector: each accepted vector has its canonical form and its meaning") {
  const auto rows = rows_of("testdata/selectors/accepted.txt");
  CHECK(rows.size() == 68);
  for (const auto& row : rows) {
    CAPTURE(row[0]);
    const ir::Selector selector = accepted(row[1].get<std::string>());
    CHECK(selector.canonical() == row[2].get<std::string>());
    for (const auto& result : row[3]) {
      CAPTURE(result[0]);
      CHECK(matches(selector, result[0].get<Labels>()) == result[1].get<bool>());
    }
  }
}

TEST_CASE("selector: the id is the digest of the canonical form") {
  const std::vector<std::pair<std::string_view, std::string_view>> ids{
      {"all()", "s:5y5I3VdRZfDU01O--xXAPx2yxCQQqMf0M6IWug"},
      {"a == 'b'", "s:flMh0m0X_BowkAK_W3j3MgH8oQOsj3WxGDoXCQ"},
      {"!has(a)", "s:o54_r2fLf2o-LJfoAaKVj8JvPRHKmJA2mXVR7g"},
      {"!(!has(a))", "s:VZFYmDV_Drir7seXQB5vQXF8-34s2nf1b8ItRA"},
      {"a in {'y', 'x'}", "s:gSrnDEFVR3CxDEQZzJb9ixSZpe7eM3tOO6L77Q"},
      {"a == 'say \"hi\"'", "s:XH0_r5nOaaOTJ92eWhaaB7O8A4WAJfkwYNOMHg"},
      {"a == 'x' || b == 'y' && c == 'z'", "s:gTNveLwJ3XRiXKusRBWj0SD64YlimmBlHdUajQ"},
  };
  for (const auto& [text, id] : ids) CHECK(accepted(text).unique_id() == id);
}

TEST_CASE("selector: a missing label satisfies the negated comparisons only") {
  struct Row {
    std::string_view text;
    bool equal, other, empty, missing;  // for a = x, a = y, a = '', no a
  };
  const std::vector<Row> rows{
      {"a == 'x'", true, false, false, false},
      {"a != 'x'", false, true, true, true},
      {"a in {'x'}", true, false, false, false},
      {"a in {}", false, false, false, false},
      {"a not in {'x'}", false, true, true, true},
      {"a not in {}", true, true, true, true},
      {"a contains 'x'", true, false, false, false},
      {"a contains ''", true, true, true, false},
      {"a starts with 'x'", true, false, false, false},
      {"a starts with ''", true, true, true, false},
      {"a ends with 'x'", true, false, false, false},
      {"a ends with ''", true, true, true, false},
      {"has(a)", true, true, true, false},
      {"!has(a)", false, false, false, true},
      {"!a == 'x'", false, true, true, true},
      {"!a != 'x'", true, false, false, false},
      {"!a in {'x'}", false, true, true, true},
      {"!a not in {'x'}", true, false, false, false},
      {"!a contains 'x'", false, true, true, true},
      {"!a starts with 'x'", false, true, true, true},
      {"!a ends with 'x'", false, true, true, true},
      {"all()", true, true, true, true},
      {"global()", true, true, true, true},
      {"", true, true, true, true},
      {"!all()", false, false, false, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const ir::Selector selector = accepted(row.text);
    CHECK(matches(selector, {{"a", "x"}}) == row.equal);
    CHECK(matches(selector, {{"a", "y"}}) == row.other);
    CHECK(matches(selector, {{"a", ""}}) == row.empty);
    CHECK(matches(selector, {{"b", "x"}}) == row.missing);
  }
}

TEST_CASE("selector: adjacent negations are counted, whatever their number") {
  for (const std::size_t count : {0, 1, 2, 3, 4, 100'000, 100'001}) {
    const ir::Selector selector = accepted(std::string(count, '!') + "has(a)");
    CHECK(selector.canonical() == (count % 2 == 0 ? "has(a)" : "!has(a)"));
  }
  CHECK(accepted("! !\t!a == 'x'").canonical() == "!a == \"x\"");
  CHECK(accepted("!(!(!has(a)))").canonical() == "!!!has(a)");
}

TEST_CASE("selector: a value holds any byte but its quote") {
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) {
    if (byte != '\'') every_byte += static_cast<char>(byte);
  }
  const ir::Selector selector = accepted("a == '" + every_byte + "'");
  CHECK(selector.nodes().front().values == std::vector{every_byte});
  CHECK(selector.canonical() == "a == '" + every_byte + "'");
  CHECK(matches(selector, {{"a", every_byte}}));
}

TEST_CASE("selector: values are sorted as unsigned bytes") {
  CHECK(accepted("a in {'\xff', 'z', '\x80', '', 'z\x01', 'Z'}").canonical() ==
        "a in {\"\", \"Z\", \"z\", \"z\x01\", \"\x80\", \"\xff\"}");
}

TEST_CASE("selector: parentheses nest up to the limit") {
  const std::string open(kMaxSelectorDepth, '(');
  const std::string close(kMaxSelectorDepth, ')');
  CHECK(accepted(open + "has(a)" + close).canonical() == "has(a)");
  CHECK(accepted(open + "all() && global()" + close).canonical() == "(all() && global())");
}

TEST_CASE("selector: many terms side by side are no nesting") {
  std::string text = "(a == '0')";
  for (int i = 1; i < 5000; ++i) text += " || (a == '" + std::to_string(i) + "')";
  const ir::Selector selector = accepted(text);
  CHECK(selector.nodes().back().operands.size() == 5000);
  CHECK(matches(selector, {{"a", "4999"}}));
  CHECK_FALSE(matches(selector, {{"a", "5000"}}));
}

TEST_CASE("selector: equal canonical forms are equal selectors") {
  CHECK(accepted("((a in {'y','x'}))") == accepted("a in {'x', 'y', 'x'}"));
  CHECK_FALSE(accepted("has(a) && has(b)") == accepted("has(b) && has(a)"));
}

}  // namespace untrack::frontend
