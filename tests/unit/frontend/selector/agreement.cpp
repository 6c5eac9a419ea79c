// The grammar decides what a selector is, the diagnosis why a text is none: on no text may both or neither
// speak.
#include <random>

#include "frontend/selector/diagnose.h"
#include "vectors.h"

namespace untrack::frontend {

static const std::vector<Labels> kLabelSets{
    {},
    {{"a", ""}},
    {{"a", "x"}},
    {{"a", "yx"}},
    {{"in", "x"}},
    {{"not", "x"}, {"a", "x"}},
    {{"has", "y"}},
    {{"with", "x"}},
};

// Also: the canonical form reads back to a selector that says the same, and its own canonical form stays.
static void check(const std::string& text) {
  const auto parsed = parse_selector(text);
  const auto diagnosis = diagnose_selector(text);
  const auto* selector = std::get_if<ir::Selector>(&parsed);
  if ((selector != nullptr) == diagnosis.has_value())
    FAIL("the grammar and the diagnosis differ on `", text, "`");
  if (selector == nullptr) {
    if (diagnosis->offset + diagnosis->length > text.size()) FAIL("the place is outside of `", text, "`");
    return;
  }
  const auto again = parse_selector(selector->canonical());
  const auto* reread = std::get_if<ir::Selector>(&again);
  if (reread == nullptr) FAIL("`", selector->canonical(), "` is no selector");
  if (!(accepted(reread->canonical()) == *reread))
    FAIL("`", reread->canonical(), "` changes when read again");
  for (const Labels& labels : kLabelSets) {
    if (matches(*selector, labels) != matches(*reread, labels)) FAIL("`", text, "` changes its meaning");
  }
}

// Every text of up to `length` pieces.
static void check_all(const std::vector<std::string_view>& pieces, std::size_t length) {
  std::vector<std::size_t> odometer;
  while (odometer.size() <= length) {
    std::string text;
    for (const std::size_t digit : odometer) text += pieces[digit];
    check(text);
    std::size_t at = 0;
    while (at < odometer.size() && ++odometer[at] == pieces.size()) odometer[at++] = 0;
    if (at == odometer.size()) odometer.assign(odometer.size() + 1, 0);
  }
}

TEST_CASE("agreement: all short texts of tokens") {
  check_all({"a",    " ", "'x'", "==", "!=", "in", "not", "starts", "with", "contains", "notin", "has(",
             "all(", "(", ")",   "{",  "}",  ",",  "!",   "&&",     "||",   "\n",       "="},
            3);
  check_all({"a", " ", "'x'", "==", "in", "{", "}", ",", "!"}, 5);
  check_all({"has(", "a", ")", "(", "!", "&&", " "}, 6);
  check_all({"a ", "not ", "in", "starts", "with", "'x'", "{}", "has("}, 5);
}

TEST_CASE("agreement: every vector with one byte changed") {
  static constexpr std::string_view bytes = "a (){}'\"=!&|,\n\t\\\x80";
  for (const char* path : {"testdata/selectors/accepted.txt", "testdata/selectors/refused.txt"}) {
    for (const auto& row : rows_of(path)) {
      const std::string text = row[1].get<std::string>();
      if (text.size() > 100) continue;
      check(text);
      for (std::size_t at = 0; at < text.size(); ++at) {
        check(std::string(text).erase(at, 1));
        for (const char byte : bytes) {
          std::string changed = text;
          changed[at] = byte;
          check(changed);
          check(std::string(text).insert(at, 1, byte));
        }
      }
    }
  }
}

TEST_CASE("agreement: random texts of tokens") {
  static const std::vector<std::string> pieces{
      "a == 'x'",
      "has(a)",
      "!",
      " && ",
      " || ",
      "(",
      ")",
      "a in {'x', 'y',}",
      "not not in {\"x\"}",
      "in",
      " ",
      "with starts\twith'x'",
      "all()",
      "global( )",
      "\xC3\xA9",
      std::string(1, '\0'),
      "'",
      "a",
  };
  std::mt19937 random(20260822);
  for (int round = 0; round < 30'000; ++round) {
    std::string text;
    for (std::size_t count = random() % 12; count > 0; --count) text += pieces[random() % pieces.size()];
    check(text);
  }
}

TEST_CASE("agreement: random bytes") {
  std::mt19937 random(20260823);
  for (int round = 0; round < 30'000; ++round) {
    std::string text(random() % 10, '\0');
    for (char& byte : text) byte = static_cast<char>(random());
    check(text);
  }
}

}  // namespace untrack::frontend
