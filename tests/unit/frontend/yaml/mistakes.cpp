// What is wrong with a text: the code, and the narrowest place that shows it.
#include <fstream>
#include <iterator>

#include <doctest/doctest.h>

#include "frontend/yaml/diagnostics.h"
#include "tests/unit/frontend/yaml/read.h"

namespace untrack::frontend::yaml {

using Strings = std::vector<std::string>;

TEST_CASE("yaml: mistakes are shown where they are") {
  const std::vector<std::pair<std::string, Strings>> rows{
      // encoding
      {"a: \xff\n", {"UT001 1:4 [\xff]"}},
      {"a: \xc3", {"UT001 1:4 [\xc3]"}},
      {"\xff\xfe"
       "a",
       {"UT001 1:1 []"}},
      {std::string("a\0:\0", 4), {"UT001 1:1 []"}},
      {"a: \x07\n", {"UT002 1:4 [\x07]"}},
      {std::string("a: x\0", 5), {std::string("UT002 1:5 [\0]", 13)}},
      {"a: 1\rb: 2\n", {"UT002 1:5 [\r]"}},
      {"a: 1\n\xef\xbb\xbf"
       "b: 2\n",
       {"UT002 2:1 [\xef\xbb\xbf]"}},
      // words and colons
      {"a: b: c\n", {"UT003 1:5 [:]"}},
      {"a: @b\n", {"UT003 1:4 [@]"}},
      {"a: `b`\n", {"UT003 1:4 [`]"}},
      {"a: *\n", {"UT003 1:4 [*]"}},
      {"a: 'b' c\n", {"UT003 1:8 [c]"}},
      {"a: [b] c\n", {"UT003 1:8 [c]"}},
      {"a: - b\n", {"UT003 1:4 [-]"}},
      {"a: 1\n- b\n", {"UT003 2:1 [-]"}},
      {"a: | b\n  c\n", {"UT003 1:6 [b]"}},
      {", a\n", {"UT003 1:1 [,]"}},
      {"a: &x&y 1\n", {"UT003 1:4 [&x&y]"}},
      {"a: !!str\"b\"\n", {"UT003 1:4 [!!str]"}},
      {"a\nb: 1\n", {"UT008 1:1 [a]"}},
      {"a: 1\nfoo bar\nb: 2\n", {"UT008 2:1 [foo bar]"}},
      {"a: 1\n---foo\nb: 2\n", {"UT008 2:1 [---foo]"}},
      {"a: 1\n--- foo\nb: 2\n", {"UT008 2:1 [--- foo]"}},
      {"a:\nb\n", {"UT008 2:1 [b]"}},
      {"a:\n  b:1\n  c: 2\n", {"UT008 2:3 [b:1]"}},
      // indentation
      {"a:\n\tb: 1\n", {"UT004 2:1 [\t]"}},
      {"a:\n  b: 1\n\tc: 2\n", {"UT004 3:1 [\t]"}},
      {"a:\n \t- b\n", {"UT004 2:2 [\t]"}},
      {"a: 1\n  b: 2\n", {"UT007 2:3 [b]"}},
      {"a: \"1\"\n  b: 2\n", {"UT007 2:3 [b: 2]"}},
      {"a:\n    b: 1\n  c: 2\n", {"UT007 3:3 [c: 2]"}},
      {"a:\n[b]\n", {"UT007 2:1 []"}},
      {"  a: 1\nb: 2\n", {"UT018 2:1 [b: 2]"}},
      {"- a\nb: 2\n", {"UT018 2:1 [b: 2]"}},
      {"{\"a\": 1}\n{\"b\": 2}\n", {"UT018 2:1 [{\"b\": 2}]"}},
      // quotes and brackets
      {"a: \"b\nc: d\n", {"UT005 1:4 [\"]"}},
      {"a: 'b", {"UT005 1:4 [']"}},
      {"a: \"b\nc: \"d\"\n", {"UT005 1:4 [\"]"}},
      {"a: [1, 2\nb: c\n", {"UT006 1:4 [[]"}},
      {"a: {b: 1", {"UT006 1:4 [{]"}},
      {"a: [\n- b\n", {"UT006 1:4 [[]"}},
      {"{\"a\": 1\n \"b\": 2}\n", {"UT003 1:8 []"}},
      {"a: [b]]\n", {"UT003 1:7 []]"}},
      {"a: [b,, c]\n", {"UT003 1:7 [,]"}},
      {"a: [b}\n", {"UT003 1:6 [}]"}},
      {"a: \"\\d+\"\n", {"UT017 1:5 [\\d]"}},
      {"a: \"\\xg0\"\n", {"UT017 1:5 [\\xg0]"}},
      // keys
      {"a: 1\nb: 2\n'a': 3\na: 4\n", {"UT010 3:1 ['a']", "UT010 4:1 [a]"}},
      {"a:\n  [b]: 1\n", {"UT011 2:3 [[b]]"}},
      {"[a]: 1\n", {"UT003 1:4 [:]"}},
      {"? {a: 1}\n: 2\n~: 3\n: 4\n", {"UT011 1:3 [{a: 1}]", "UT011 3:1 [~]", "UT011 4:1 []"}},
      // aliases
      {"a: *b-c\n", {"UT012 1:4 [*b-c]"}},
      {"a: &x 1\n---\nb: *x\n", {"UT012 3:4 [*x]"}},
      {"a: &x {b: [*x]}\n", {"UT013 1:12 [*x]"}},
      {"a: {<<: 1}\n", {"UT016 1:5 [<<]"}},
      {"a: &x [1]\nb: {<<: [{c: 1}, *x]}\n", {"UT016 2:5 [<<]"}},
      {"a: !has(x)\n", {"UT019 1:4 [!has(x)]"}},
  };
  for (const auto& [text, expected] : rows) {
    CAPTURE(text);
    CHECK(Read(text).mistakes() == expected);
  }
}

TEST_CASE("yaml: notes show the other place") {
  const Read twice("a: 1\nb: 2\na: 3\n");
  REQUIRE(twice.diagnostics.size() == 1);
  const Diagnostic& duplicate = *twice.diagnostics.in_order()[0];
  REQUIRE(duplicate.notes.size() == 1);
  CHECK(twice.sources.place(duplicate.notes[0].span) == "test.yaml:1:1");
  CHECK(printed(twice.root()) == "{a: 1, b: 2}");

  const Read bracket("a: [1, 2\nb: c\n");
  const Diagnostic& unclosed = *bracket.diagnostics.in_order()[0];
  REQUIRE(unclosed.notes.size() == 1);
  CHECK(bracket.sources.place(unclosed.notes[0].span) == "test.yaml:2:2");
}

TEST_CASE("yaml: a mistake in one document leaves the others readable, each with its own places") {
  const Read read(
      "a: 1\n---\nb: [1\n---\nc: \"x\n---\nd: 4\nd: 5\n---\n\te: 1\n---\nf: é\n--- \ng: a: b\n...\n---\nh: "
      "8\n");
  CHECK(read.mistakes() ==
        Strings{"UT006 3:4 [[]", "UT005 5:4 [\"]", "UT010 8:1 [d]", "UT004 10:1 [\t]", "UT003 14:5 [:]"});
  REQUIRE(read.documents.size() == 4);
  CHECK(printed(read.root(0)) == "{a: 1}");
  CHECK(printed(read.root(1)) == "{d: 4}");
  CHECK(printed(read.root(2)) == "{f: é}");
  CHECK(read.source(read.root(3).value(0).span()) == "8");
}

TEST_CASE("yaml: a template is one mistake, and nothing of it is read") {
  const std::vector<std::pair<std::string, std::string>> templates{
      {"name: {{ .Values.name }}\n", "UT009 1:7 [{{ .Values.name }}]"},
      {"a: 1\n---\n{{- if .Values.on }}\nb: 2\n{{- end }}\n", "UT009 3:1 [{{- if .Values.on }}]"},
      {"{{ if .Values.on }}\nb: 2\n{{ end }}\n", "UT009 1:1 [{{ if .Values.on }}]"},
      {"a:\n  {{- toYaml .Values.a | nindent 2 }}\nb: 1\n",
       "UT009 2:3 [{{- toYaml .Values.a | nindent 2 }}]"},
      {"a: 1\na: 2\nb: {{ .x }}-c\n", "UT009 3:4 [{{ .x }}]"},
      {"a: [{{ .x }}, 1]\n", "UT009 1:5 [{{ .x }}]"},
  };
  for (const auto& [text, expected] : templates) {
    CAPTURE(text);
    const Read read(text);
    CHECK(read.mistakes() == Strings{expected});
    CHECK(read.documents.empty());
  }
  for (const std::string text :
       {"a: \"{{ .x }}\"\n", "a: b {{ .x }}\n", "# {{ .x }}\na: 1\n", "a: |\n  {{ .x }}\n"}) {
    CAPTURE(text);
    CHECK(Read(text).mistakes() == Strings{});
  }
  CHECK(Read("a: '{{ .x }}'\nb: c: d\n").mistakes() == Strings{"UT003 2:5 [:]"});
}

TEST_CASE("yaml: nesting and expansion are bounded, whatever makes them") {
  const auto code = [](const std::string& text) {
    const Read read(text);
    return read.diagnostics.empty() ? std::string() : std::string(read.diagnostics.in_order()[0]->info->code);
  };
  const auto repeated = [](std::string_view text, int times) {
    std::string out;
    while (times-- > 0) out += text;
    return out;
  };
  CHECK(code(repeated("[", 200) + repeated("]", 200)) == "");
  CHECK(code(repeated("[", 201) + repeated("]", 201)) == "UT014");
  CHECK(code(repeated("[", 100'000)) == "UT014");
  CHECK(code(repeated("- ", 5'000)) == "UT014");
  CHECK(code(repeated("{a: ", 5'000)) == "UT014");

  std::string chain = "a0: &a0 [x]\n";
  for (int i = 1; i < 250; ++i) chain += fmt::format("a{}: &a{} [*a{}]\n", i, i, i - 1);
  CHECK(code(chain) == "UT014");

  std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  std::string merges = "a0: &a0 {x: 1}\n";
  for (int i = 1; i < 40; ++i) {
    laughs += fmt::format("a{0}: &a{0} [*a{1}, *a{1}]\n", i, i - 1);
    merges += fmt::format("a{0}: &a{0} {{k{0}: *a{1}, <<: [*a{1}, *a{1}]}}\n", i, i - 1);
  }
  CHECK(code(laughs) == "UT015");
  CHECK(code(merges) == "UT015");
}

static std::string file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE_MESSAGE(in, path);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_CASE("yaml: each kind of mistake has an example, and a near miss") {
  for (const DiagnosticInfo* info : diagnostics()) {
    CAPTURE(info->code);
    const std::string folder = fmt::format("testdata/diagnostics/{}/", info->code);
    const Read bad(file(folder + "bad.yaml"));
    REQUIRE(bad.diagnostics.size() == 1);
    CHECK(bad.diagnostics.in_order()[0]->info->code == info->code);
    CHECK(Read(file(folder + "good.yaml")).mistakes() == Strings{});
  }
}

}  // namespace untrack::frontend::yaml
