#include "support/go_regex.h"

#include <doctest/doctest.h>

#include <fmt/format.h>

#include <chrono>

namespace untrack {

static std::string verdict(std::string_view expression, std::string_view text) {
  const auto compiled = GoRegex::compile(expression);
  if (const auto* regex = std::get_if<GoRegex>(&compiled))
    return regex->is_found_in(text) ? "found" : "not found";
  const auto& refusal = std::get<GoRegex::Refusal>(compiled);
  const std::string_view where = expression.substr(refusal.offset, refusal.length);
  return fmt::format("{} at {} `{}`: {}", refusal.by_go ? "refused" : "beyond us", refusal.offset, where,
                     refusal.reason);
}

TEST_CASE("go regex: what Go takes is searched, not anchored") {
  struct Row {
    std::string_view expression, text;
    bool found;
  };
  // Also what other dialects read differently or not at all.
  static constexpr Row rows[] = {
      {"", "", true},
      {"", "eth0", true},
      {"th", "eth0", true},
      {"^th", "eth0", false},
      {"^(eth|en[ops])[0-9]+$", "eno1", true},
      {"^(eth|en[ops])[0-9]+$", "eno1\n", false},  // `$` is the end of the text alone
      {"(?m)^b$", "a\nb\nc", true},
      {"a.b", "a\nb", false},
      {"(?s)a.b", "a\nb", true},
      {"(?i)^ENG[0-9]", "eng4", true},
      {"^(?i:E)th", "eth0", true},
      {"^(?i:E)TH", "eth0", false},
      {"(?U)a+", "aaa", true},
      {R"(\Aeth\d\z)", "eth0", true},
      {R"(\Aeth\d\z)", "eth00", false},
      {R"(\beth\B)", "eth0", true},
      {R"(^\pL+$)", "caf\xc3\xa9", true},
      {R"(^\pL+$)", "caf3", false},
      {R"(^\p{Greek}$)", "\xce\xb1", true},
      {R"(^[\p{^Greek}]$)", "\xce\xb1", false},
      {R"(^\PN+$)", "eth", true},
      {"^.$", "\xf0\x9f\x90\xb1", true},  // a character, not a byte
      {R"(^\x{1F431}$)", "\xf0\x9f\x90\xb1", true},
      {R"(^\Qa.b[\E$)", "a.b[", true},
      {R"(^\Q(?<n>\E$)", "(?<n>", true},
      {R"(^\101$)", "A", true},  // octal
      {R"([[:alpha:]]+[[:^digit:]])", "ab", true},
      {R"(^[]a]+$)", "]a]", true},
      {R"(^[^]a]$)", "b", true},
      {R"(^[a\]b]+$)", "]", true},
      {"(?P<name>eth)[0-9]", "eth1", true},
      {"(?<name>eth)[0-9]", "eth1", true},  // since Go 1.22
      {"((?<a>e)(?<b>t))h", "eth", true},
      {R"(\((?<a>e)\[)", "(e[", true},
      {R"([(]?<a>)", "(<a>", true},  // no group
      {"a{,2}", "a{,2}", true},      // no repetition: text
      {"(a{2}){3}", "aaaaaa", true},
      {"(?P<n>a)(?P<n>b)", "ab", true},
      {"x*", "", true},
      {"^*", "", true},
      {"a||b", "", true},
      {"(|a)*", "b", true},
      {"a{0}", "", true},
      {"a{1000}", "a", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.expression);
    CHECK(verdict(row.expression, row.text) == (row.found ? "found" : "not found"));
  }
}

TEST_CASE("go regex: what Go refuses is refused where it is wrong") {
  static constexpr std::pair<std::string_view, std::string_view> rows[] = {
      {"^(?!lo)", "refused at 1 `(?!`: Go has no look-around"},
      {"(?=a)", "refused at 0 `(?=`: Go has no look-around"},
      {"(?<=a)b", "refused at 0 `(?<`: Go has no look-around"},
      {"a(?<!b)c", "refused at 1 `(?<`: Go has no look-around"},
      {R"((a)\1)", R"(refused at 3 `\1`: Go has no back references)"},
      {R"(a\Z)", R"(refused at 1 `\Z`: Go has no escape `\Z`)"},
      {R"(a\C)", R"(refused at 1 `\C`: Go has no escape `\C`)"},
      {R"(\y)", R"(refused at 0 `\y`: Go has no escape `\y`)"},
      {"a*+", "refused at 1 `*+`: Go has no possessive repetition"},
      {"a++b", "refused at 1 `++`: Go has no possessive repetition"},
      {"a**", "refused at 1 `**`: a repetition of a repetition"},
      {"b*a|*", "refused at 4 `*`: nothing to repeat"},
      {"*a", "refused at 0 `*`: nothing to repeat"},
      {"(+)", "refused at 1 `+`: nothing to repeat"},
      {"a{1001}", "refused at 1 `{1001}`: at most 1000 repetitions, the smaller number first"},
      {"a{3,2}", "refused at 1 `{3,2}`: at most 1000 repetitions, the smaller number first"},
      {"(a", "refused at 0 `(`: a `(` without its `)`"},
      {"(a)(b[)]", "refused at 3 `(`: a `(` without its `)`"},
      {"a)b", "refused at 1 `)`: a `)` without its `(`"},
      {R"(\Q)\E(a))b)", R"(refused at 8 `)`: a `)` without its `(`)"},
      {"eth[0-9", "refused at 3 `[`: a `[` without its `]`"},
      {"[z-a]", "refused at 1 `z-a`: no range of characters: `z-a`"},
      {"[[:foo:]]", "refused at 1 `[:foo:]`: no range of characters: `[:foo:]`"},
      {"a\\", "refused at 1 `\\`: a `\\` at the end"},
      {"(?x)a", "refused at 0 `(?x`: Go has no group `(?x`"},
      {"(?>a)", "refused at 0 `(?>`: Go has no group `(?>`"},
      {"(?P<n.m>a)", "refused at 0 `(?P<n.m>`: no name of a group: `(?P<n.m>`"},
      {"(?<>a)", "refused at 0 `(?<>a)`: no name of a group: `(?P<>`"},
      {"a{2}{3}", "refused at 1 `{2}{3}`: a repetition of a repetition"},
      {"(?P=n)", "refused at 0 `(?P`: Go has no group `(?P`"},
      {"a\xff", "refused at 0 `a\xff`: no UTF-8"},
      {R"(\p{Letter})", R"(beyond us at 0 `\p{Letter}`: no range of characters: `\p{Letter}`)"},
      {"((a{100}){100}){100}", "refused"},
  };
  for (const auto& [expression, expected] : rows) {
    CAPTURE(expression);
    const std::string found = verdict(expression, "");
    CHECK(found.substr(0, expected == "refused" ? 7 : found.size()) == expected);
  }
}

TEST_CASE("go regex: neither long texts nor long expressions exhaust anything") {
  const std::string text(1'000'000, 'a');
  CHECK(verdict("^(a|aa)*$", text) == "found");
  CHECK(verdict("(a*)*b", text) == "not found");
  CHECK(verdict("(x+x+)+y", std::string(100'000, 'x')) == "not found");
  CHECK(verdict(text, text) != "not found");
  const std::string deep = std::string(1001, '(') + std::string(1001, ')');
  CHECK(verdict(deep, "") == "refused at 1000 `(`: nested deeper than 1000 levels");
  CHECK(verdict(std::string(100'000, '(') + std::string(100'000, ')'), "").starts_with("refused"));
  CHECK(verdict(std::string(100'000, '('), "").starts_with("refused"));
}

}  // namespace untrack
