// What is read: documents, styles, aliases, merge keys.
#include <thread>

#include <doctest/doctest.h>

#include "tests/unit/frontend/yaml/read.h"

namespace untrack::frontend::yaml {

using Strings = std::vector<std::string>;

static Strings documents(const Read& read) {
  Strings out;
  for (const Document& document : read.documents) out.push_back(printed(document.root()));
  return out;
}

TEST_CASE("yaml: a buffer is divided into its documents, empty ones left out") {
  const std::vector<std::pair<std::string, Strings>> rows{
      {"", {}},
      {"# only a comment\n", {}},
      {"---\n", {}},
      {"---\n# c\n---\n---\na: 1\n---", {"{a: 1}"}},
      {"--- null\n---\n~\n", {}},
      {"a: 1\n---\nb: 2\n...\n# c\n---\nc: 3\n...\n", {"{a: 1}", "{b: 2}", "{c: 3}"}},
      {"%YAML 1.1\n---\na: 1\n...\n%YAML 1.2\n---\nb: 2\n", {"{a: 1}", "{b: 2}"}},
      {"--- {a: 1}\n--- [b]\n--- c\n", {"{a: 1}", "[b]", "c"}},
      {"--- |\n  a\n---\n- b\n", {"|a\n|", "[b]"}},
      {"a: ---b\nc: |\n ---\n", {"{a: ---b, c: |---\n|}"}},
      {"---\t# c\r\na: 1\r\n---\r\nb: 2\r\n", {"{a: 1}", "{b: 2}"}},
  };
  for (const auto& [text, expected] : rows) {
    CAPTURE(text);
    const Read read(text);
    CHECK(read.mistakes() == Strings{});
    CHECK(documents(read) == expected);
  }
}

TEST_CASE("yaml: JSON is YAML, tabs included") {
  const Read read("{\n\t\"a\": [1, true,\n\t\tnull, \"\\u00e9\\/\"],\n\t\"b\":{}\n}\n");
  CHECK(documents(read) == Strings{"{\"a\": [1, true, ~, \"\xc3\xa9/\"], \"b\": {}}"});
}

TEST_CASE("yaml: tags overrule how a text is written") {
  const std::vector<std::pair<std::string, std::string>> rows{
      {"!!str 5", "\"5\""},       {"! 5", "\"5\""},          {"!!str", "\"\""},
      {"!!str null", "\"null\""}, {"!!int '5'", "5"},        {"!!null ''", "~"},
      {"!own text", "\"text\""},  {"!!bool \"yes\"", "yes"}, {"!!binary aGk=", "\"aGk=\""},
      {"!!map {a: b}", "{a: b}"}, {"!!float 1", "1"},        {"!!str |\n  a\n", "|a\n|"},
  };
  for (const auto& [value, expected] : rows) {
    CAPTURE(value);
    const Read read("k: " + value);
    CHECK(read.mistakes() == Strings{});
    CHECK(printed(*read.root().find("k")) == expected);
  }
}

TEST_CASE("yaml: aliases are what they name, merge keys fill in what a mapping lacks") {
  const std::vector<std::pair<std::string, std::string>> rows{
      {"a: &x [1]\nb: *x\nc: [*x, *x]\n", "{a: [1], b: [1], c: [[1], [1]]}"},
      {"a: &x 1\nb: &x 2\nc: *x\n", "{a: 1, b: 2, c: 2}"},
      {"&k a: 1\nb: *k\n", "{a: 1, b: a}"},
      {"a: &x {p: 1, q: 2}\nb:\n  <<: *x\n  q: 3\n", "{a: {p: 1, q: 2}, b: {q: 3, p: 1}}"},
      {"a: {q: 3, <<: {p: 1, q: 2}}\n", "{a: {q: 3, p: 1}}"},
      {"a: {<<: [{p: 1}, {p: 2, q: 2}], r: 3}\n", "{a: {r: 3, p: 1, q: 2}}"},
      {"a: &x {p: 1}\nb: &y {<<: *x, q: 2}\nc: {<<: *y}\n", "{a: {p: 1}, b: {q: 2, p: 1}, c: {q: 2, p: 1}}"},
      {"a: {'<<': {p: 1}}\n", "{a: {\"<<\": {p: 1}}}"},
  };
  for (const auto& [text, expected] : rows) {
    CAPTURE(text);
    const Read read(text);
    CHECK(read.mistakes() == Strings{});
    CHECK(documents(read) == Strings{expected});
  }
}

TEST_CASE("yaml: find takes the first entry and nothing from what is no mapping") {
  const Read read("a: 1\nb: [x]\n");
  CHECK(read.root().find("a")->text() == "1");
  CHECK_FALSE(read.root().find("c").has_value());
  CHECK_FALSE(read.root().find("b")->find("x").has_value());
  CHECK(read.root().find("a")->size() == 0);
  CHECK(read.root().text() == "");
}

TEST_CASE("yaml: documents stay where they are when they are moved") {
  Read read("a: \"x\\ty\"\n");
  const Node value = read.root().value(0);
  const std::vector<Document> moved = std::move(read.documents);
  CHECK(value.text() == "x\ty");
  CHECK(moved[0].root().value(0).text().data() == value.text().data());
}

TEST_CASE("yaml: buffers are parsed by several threads at once") {
  std::string text;
  for (int i = 0; i < 200; ++i)
    text += fmt::format("---\nname: n{}\nlist: &a [1, 'x', \"\\t\"]\nagain: *a\n", i);
  const Strings expected = documents(Read(text));
  std::vector<Strings> seen(4);
  std::vector<std::thread> threads;
  for (Strings& mine : seen) threads.emplace_back([&text, &mine] { mine = documents(Read(text)); });
  for (std::thread& thread : threads) thread.join();
  for (const Strings& mine : seen) CHECK(mine == expected);
}

}  // namespace untrack::frontend::yaml
