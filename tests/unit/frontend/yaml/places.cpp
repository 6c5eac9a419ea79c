// Where nodes and the bytes of their texts stand in the source.
#include <doctest/doctest.h>

#include "tests/unit/frontend/yaml/read.h"

namespace untrack::frontend::yaml {

using Strings = std::vector<std::string>;

// For each byte of the text, what of the source it comes from; `value` is at `k` of the first document.
static Strings bytes_in_source(const Read& read, Node value) {
  Strings out;
  for (std::size_t i = 0; i < value.text().size(); ++i) out.push_back(read.source(value.span(i, i + 1)));
  return out;
}

TEST_CASE("yaml: every byte of a text knows its source, in each style") {
  struct Row {
    std::string value;  // behind `k: `
    std::string text;
    std::string node;  // what the node's span covers
    Strings bytes;
  };
  const std::vector<Row> rows{
      {"ab c", "ab c", "ab c", {"a", "b", " ", "c"}},
      {"a # b", "a", "a", {"a"}},
      {"a\n  b", "a b", "a\n  b", {"a", "\n  ", "b"}},
      {"a \r\n b", "a b", "a \r\n b", {"a", " \r\n ", "b"}},
      {"a\n\n\n  b", "a\n\nb", "a\n\n\n  b", {"a", "\n\n", "\n  ", "b"}},
      {"'ab'", "ab", "'ab'", {"a", "b"}},
      {"'a''b'", "a'b", "'a''b'", {"a", "''", "b"}},
      {"''''", "'", "''''", {"''"}},
      {"'a \n b'", "a b", "'a \n b'", {"a", " \n ", "b"}},
      {"'a\n\n  b '", "a\nb ", "'a\n\n  b '", {"a", "\n\n  ", "b", " "}},
      {R"("a'b")", "a'b", R"("a'b")", {"a", "'", "b"}},
      {R"("\n\x41\"")", "\nA\"", R"("\n\x41\"")", {"\\n", "\\x41", "\\\""}},
      {R"("a\u00e9b")",
       "a\xc3\xa9"
       "b",
       R"("a\u00e9b")",
       {"a", "\\u00e9", "\\u00e9", "b"}},
      {R"("\U0001F600")",
       "\xf0\x9f\x98\x80",
       R"("\U0001F600")",
       {"\\U0001F600", "\\U0001F600", "\\U0001F600", "\\U0001F600"}},
      {R"("\L\_\N\P\0\e\/\\")",
       std::string("\xe2\x80\xa8\xc2\xa0\xc2\x85\xe2\x80\xa9\0\x1b/\\", 14),
       R"("\L\_\N\P\0\e\/\\")",
       {"\\L", "\\L", "\\L", "\\_", "\\_", "\\N", "\\N", "\\P", "\\P", "\\P", "\\0", "\\e", "\\/", "\\\\"}},
      {"\"a\xc3\xa9\"", "a\xc3\xa9", "\"a\xc3\xa9\"", {"a", "\xc3", "\xa9"}},
      {"\"a\\\n   b\"", "ab", "\"a\\\n   b\"", {"a", "b"}},
      {"\"a\\t \n  b\"", "a\t b", "\"a\\t \n  b\"", {"a", "\\t", " \n  ", "b"}},
      {"|\n  ab\n   c\n", "ab\n c\n", "|\n  ab\n   c", {"a", "b", "\n", " ", "c", "\n"}},
      {"|-\n  a\n\n  b\n\n", "a\n\nb", "|-\n  a\n\n  b", {"a", "\n", "\n", "b"}},
      {"|+\n  a\n\n", "a\n\n", "|+\n  a", {"a", "\n", "\n"}},
      {"|\r\n  a\r\n  b\r\n", "a\nb\n", "|\r\n  a\r\n  b", {"a", "\r\n", "b", "\r\n"}},
      {"|2 # c\n   a\n", " a\n", "|2 # c\n   a", {" ", "a", "\n"}},
      {"|\n  a", "a", "|\n  a", {"a"}},
      {">\n  a\n  b\n", "a b\n", ">\n  a\n  b", {"a", "\n  ", "b", "\n"}},
      {">-\n  a\n\n\n  b\n", "a\n\nb", ">-\n  a\n\n\n  b", {"a", "\n", "\n", "b"}},
      {">\n  a\n   b\n  c\n", "a\n b\nc\n", ">\n  a\n   b\n  c", {"a", "\n", " ", "b", "\n", "c", "\n"}},
      {">+\n\n  a\n\n", "\na\n\n", ">+\n\n  a", {"\n", "a", "\n", "\n"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.value);
    const Read read("# first\nj: 1\nk: " + row.value);
    CHECK(read.mistakes() == Strings{});
    const Node value = *read.root().find("k");
    CHECK(value.text() == row.text);
    CHECK(read.source(value.span()) == row.node);
    CHECK(bytes_in_source(read, value) == row.bytes);
  }
}

TEST_CASE("yaml: a range of a text covers what is between its ends in the source") {
  const Read read("k: >-\n  has(role) &&\n  site in\n  {\"a\"}\nq: \"a\\\n  \\u0062c\"\ne: ''\n");
  const Node folded = *read.root().find("k");
  const std::size_t site = folded.text().find("site");
  CHECK(read.source(folded.span(site, site + 7)) == "site in");
  CHECK(read.source(folded.span(site - 3, site + 4)) == "&&\n  site");
  CHECK(folded.span(site, site) == SourceSpan{read.buffer, 23, 23});
  const std::size_t size = folded.text().size();
  CHECK(folded.span(size, size).begin == folded.span().end);

  const Node quoted = *read.root().find("q");
  CHECK(read.source(quoted.span(0, 3)) == "a\\\n  \\u0062c");
  CHECK(read.source(quoted.span(1, 2)) == "\\u0062");
  const Node empty = *read.root().find("e");
  CHECK(empty.span(0, 0).begin == empty.span().begin + 1);
}

TEST_CASE("yaml: collections span their brackets, or their first to their last item") {
  const Read read(
      "---\nflow: {a: [1, 2 ] , b}  # c\nblock: # c\n  - x: 1\n    y: |\n      t\n\n  # c\n  -   - z  # "
      "c\nlast:\n");
  const Node root = read.root();
  CHECK(read.source(root.find("flow")->span()) == "{a: [1, 2 ] , b}");
  CHECK(read.source(root.find("flow")->find("a")->span()) == "[1, 2 ]");
  const Node block = *root.find("block");
  CHECK(read.source(block.span()) == "- x: 1\n    y: |\n      t\n\n  # c\n  -   - z");
  CHECK(read.source(block.item(0).span()) == "x: 1\n    y: |\n      t");
  CHECK(read.source(block.item(1).span()) == "- z");
  CHECK(read.source(root.span()).starts_with("flow: {"));
  CHECK(read.source(root.span()).ends_with("last:"));
}

TEST_CASE("yaml: where nothing is written, a node is the point behind what announces it") {
  struct Row {
    std::string text;
    std::string before;  // source up to the point
  };
  for (const auto& [text, before] : std::vector<Row>{{"k:\n", "k:"},
                                                     {"k: # c\nnull: 1\n", "k:"},
                                                     {"k: &a # c\nj: 1\n", "k: &a"},
                                                     {"? k\nj: 1\n", "? k"},
                                                     {"{k: , j: 1}", "{k:"},
                                                     {"{k, j: 1}", "{k"}}) {
    CAPTURE(text);
    const Read read(text);
    const Node value = *read.root().find("k");
    CHECK(value.is_null());
    CHECK(value.span() == SourceSpan{read.buffer, static_cast<std::uint32_t>(before.size()),
                                     static_cast<std::uint32_t>(before.size())});
  }
  const Read items("-\n- ~\n- null # c\n-");
  CHECK(items.root().item(0).span() == SourceSpan{items.buffer, 1, 1});
  CHECK(items.source(items.root().item(1).span()) == "~");
  CHECK(items.source(items.root().item(2).span()) == "null");
  CHECK(items.root().item(3).span() == SourceSpan{items.buffer, 18, 18});
}

TEST_CASE("yaml: tags and anchors are no part of a node, an alias has the place of its anchor") {
  const Read read("a: &x !!str 5\nb: !!map # c\n  &k k: *x\nc: !<tag:yaml.org,2002:int> '7'\n");
  const Node root = read.root();
  CHECK(read.source(root.find("a")->span()) == "5");
  CHECK(read.source(root.find("b")->span()) == "&k k: *x");
  CHECK(read.source(root.find("b")->key(0).span()) == "k");
  CHECK(root.find("b")->value(0).span() == root.find("a")->span());
  CHECK(read.source(root.find("c")->span()) == "'7'");
}

TEST_CASE("yaml: places count bytes of the buffer, byte order mark included") {
  const Read read("\xef\xbb\xbf\xc3\xa9: x\r\n---\r\nk: \"\xe2\x82\xac\\t\"\r\n");
  CHECK(read.root().key(0).span() == SourceSpan{read.buffer, 3, 5});
  CHECK(read.source(read.root(1).value(0).span()) == "\"\xe2\x82\xac\\t\"");
  CHECK(read.source(read.root(1).value(0).span(3, 4)) == "\\t");
}

TEST_CASE("yaml: places in a JSON document are those of its buffer") {
  const Read read("{\"a\": [1,\n\"\\u0041b\"]}\n");
  CHECK(read.source(read.root().span()) == "{\"a\": [1,\n\"\\u0041b\"]}");
  CHECK(read.source(read.root().key(0).span()) == "\"a\"");
  const Node text = read.root().value(0).item(1);
  CHECK(read.source(text.span()) == "\"\\u0041b\"");
  CHECK(read.source(text.span(1, 2)) == "b");
}

}  // namespace untrack::frontend::yaml
