#include "driver/report/report.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "driver/report/source_line.h"

namespace untrack::driver {

static constexpr DiagnosticKind<std::string> oddity{
    {"UT999", "oddity", Severity::Warning, Compile::GoesOn, "s", "w", "o"}, "odd `{}`"};

namespace {

// One input; spans are found by the text they cover.
struct Fixture {
  explicit Fixture(std::string text) : buffer(sources.add("a.yaml", std::move(text))) {}
  SourceSpan span(std::string_view covered) const {
    const auto begin = static_cast<std::uint32_t>(sources.text(buffer).find(covered));
    return {buffer, begin, begin + static_cast<std::uint32_t>(covered.size())};
  }
  std::string text() const { return render_text(sources, diagnostics.in_order(), /*color=*/false); }

  SourceMap sources;
  BufferId buffer;
  Diagnostics diagnostics;
};

}  // namespace

TEST_CASE("render: a finding is a place, a level, a message, a code, and the line with the span underlined") {
  Fixture f("kind: X\n  foo: bar\n");
  f.diagnostics.report(f.span("bar"), oddity, "bar");
  CHECK(f.text() ==
        "a.yaml:2:8: warning: odd `bar` [UT999]\n"
        "    2 |   foo: bar\n"
        "      |        ^^^\n");
}

TEST_CASE("render: notes have their own places; witness and help follow; help keeps its lines") {
  Fixture f("one\ntwo\n");
  f.diagnostics.report(f.span("two"), oddity, "two")
      .note(f.span("one"), "first used here")
      .note({}, "built in")
      .witness("tcp 10.0.0.7:1 > 10.0.0.8:2")
      .help("write\n  - a");
  CHECK(f.text() ==
        "a.yaml:2:1: warning: odd `two` [UT999]\n"
        "    2 | two\n"
        "      | ^^^\n"
        "a.yaml:1:1: note: first used here\n"
        "    1 | one\n"
        "      | ^^^\n"
        "note: built in\n"
        "  witness: tcp 10.0.0.7:1 > 10.0.0.8:2\n"
        "  help:\n"
        "    write\n"
        "      - a\n");
}

TEST_CASE("source line: tabs are kept in both lines, so that the caret stands right for any tab width") {
  Fixture f("\ta:\tbad\n");
  const SourceLine line = source_line(f.sources, f.span("bad"));
  CHECK(line.text == "\ta:\tbad");
  CHECK(line.underline == "\t  \t^^^");
}

TEST_CASE("source line: wide characters take two columns, combining marks none") {
  Fixture f("\u4e2d\u6587: e\u0301x!\n");
  CHECK(source_line(f.sources, f.span("e\u0301x")).underline == "      ^^");
  CHECK(source_line(f.sources, f.span("\u6587")).underline == "  ^^");
}

TEST_CASE("source line: control characters and broken UTF-8 never reach the terminal") {
  Fixture f("a: \x1b[31m\xff\u202e!\n");
  const SourceLine line = source_line(f.sources, f.span("!"));
  CHECK(line.text == "a: \ufffd[31m\ufffd\ufffd!");
  CHECK(line.underline == "          ^");
}

TEST_CASE("source line: a span over several lines is cut to the first") {
  Fixture f("a: [1,\n  2]\n");
  CHECK(source_line(f.sources, f.span("[1,\n  2]")).underline == "   ^^^");
}

TEST_CASE("source line: a point gets one caret, also behind the last character and in an empty file") {
  Fixture f("ab\n");
  CHECK(source_line(f.sources, {f.buffer, 1, 1}).underline == " ^");
  CHECK(source_line(f.sources, {f.buffer, 2, 2}).underline == "  ^");
  CHECK(source_line(f.sources, {f.buffer, 3, 3}).underline == "^");
  Fixture empty("");
  CHECK(source_line(empty.sources, {empty.buffer, 0, 0}).underline == "^");
}

TEST_CASE("source line: a very long line is cut around the span") {
  Fixture f(std::string(5000, 'a') + "BAD" + std::string(5000, 'b') + "\n");
  const SourceLine line = source_line(f.sources, f.span("BAD"));
  CHECK(line.text.size() < 300);
  CHECK(line.text.find("BAD") != std::string::npos);
  CHECK(line.underline == std::string(61, ' ') + "^^^");
}

TEST_CASE("render: what messages quote cannot break the line or colour the terminal") {
  Fixture f("x\n");
  f.diagnostics.report(f.span("x"), oddity, "a\nb\x1b[0m");
  CHECK(f.text().starts_with("a.yaml:1:1: warning: odd `a\\nb\\x1b[0m` [UT999]\n"));
}

TEST_CASE("render: colours are there only when they are asked for") {
  Fixture f("x\n");
  f.diagnostics.report(f.span("x"), oddity, "x");
  CHECK(f.text().find('\x1b') == std::string::npos);
  CHECK(render_text(f.sources, f.diagnostics.in_order(), true).find("\x1b[") != std::string::npos);
}

TEST_CASE("render: the summary counts by level") {
  Fixture f("xy\n");
  CHECK(summary(f.diagnostics.in_order()).empty());
  f.diagnostics.report(f.span("x"), oddity, "x");
  CHECK(summary(f.diagnostics.in_order()) == "1 warning");
  f.diagnostics.report(f.span("y"), oddity, "y");
  CHECK(summary(f.diagnostics.in_order()) == "2 warnings");
}

TEST_CASE("json: places count from 1 in characters, absent parts are left out") {
  Fixture f("\u00e4\u00e4: bar\n");
  f.diagnostics.report(f.span("bar"), oddity, "bar").note({}, "built in");
  const auto document = nlohmann::json::parse(render_json(f.sources, f.diagnostics.in_order()));
  const nlohmann::json expected = {
      {"findings",
       {{{"code", "UT999"},
         {"level", "warning"},
         {"message", "odd `bar`"},
         {"file", "a.yaml"},
         {"line", 1},
         {"column", 5},
         {"end_line", 1},
         {"end_column", 8},
         {"notes", nlohmann::json::array({{{"message", "built in"}}})}}}},
      {"summary", {{"errors", 0}, {"warnings", 1}, {"infos", 0}}},
  };
  CHECK(document == expected);
}

TEST_CASE("json: bytes that are no UTF-8 are replaced") {
  Fixture f("x\n");
  f.diagnostics.report(f.span("x"), oddity, "\xff");
  const auto document = nlohmann::json::parse(render_json(f.sources, f.diagnostics.in_order()));
  CHECK(document["findings"][0]["message"] == "odd `\ufffd`");
}

}  // namespace untrack::driver
