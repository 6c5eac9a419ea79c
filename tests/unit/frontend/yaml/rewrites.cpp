// Changes of documents as edits of their text: each test shows the text before and after, and every edit is
// held against the same change made to plain values.
#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "frontend/yaml/rewrite.h"
#include "read.h"

namespace untrack::frontend::yaml {

namespace {

// A text with a way to name its nodes: by what is written there.
struct Text {
  SourceMap sources;
  BufferId buffer;

  explicit Text(std::string text) : buffer(sources.add("test.yaml", std::move(text))) {}

  SourceSpan at(std::string_view words, std::size_t nth = 0) const {
    const std::string_view text = sources.text(buffer);
    std::size_t begin = text.find(words);
    while (nth-- > 0) begin = text.find(words, begin + 1);
    REQUIRE(begin != std::string_view::npos);
    return {buffer, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(begin + words.size())};
  }
  SourceSpan root(std::size_t document = 0) const {
    Diagnostics unheard;
    return parse(sources, buffer, unheard).at(document).root().span();
  }

  // What becomes of it; `no room` where the changes cannot be made.
  std::string after(std::vector<Change> changes) const {
    const auto edits = Rewriter(sources, buffer).edits(changes);
    if (!edits) return "no room";
    const EditedText edited(sources.text(buffer), *edits);
    SourceMap changed;
    changed.add("test.yaml", edited.text());
    CHECK_MESSAGE(says_the_same_but_for(sources, changed, buffer, changes), edited.text());
    return edited.text();
  }
};

Value rule() {
  return {ValueMapping{
      {{"action", word("Allow")}, {"source", {ValueMapping{{{"ports", {ValueList{bare("80")}}}}}}}}}};
}

std::string with_rule(std::string text, SourceSpan before = {}) {
  const Text t(std::move(text));
  return t.after({AddItem{{t.root()}, "egress", rule(), "ingress", before}});
}

}  // namespace

TEST_CASE("rewrite: an item goes to the end of a block list, in the layout of the others") {
  CHECK(with_rule("egress:\n- action: Deny\n  source:\n    nets: []\ntypes: []\n") ==
        "egress:\n- action: Deny\n  source:\n    nets: []\n- action: Allow\n  source:\n    ports: "
        "[80]\ntypes: []\n");
  CHECK(with_rule("egress:\n   -   action: Deny\n       source:\n          nets: []\n") ==
        "egress:\n   -   action: Deny\n       source:\n          nets: []\n"
        "   -   action: Allow\n       source:\n          ports: [80]\n");
  CHECK(with_rule("egress:\n- action: Deny") ==
        "egress:\n- action: Deny\n- action: Allow\n  source:\n    ports: [80]");
}

TEST_CASE("rewrite: comments behind the last item, and deeper below it, stay with it") {
  CHECK(with_rule("egress:\n  - action: Deny  # all\n    # for now\n  # the end\nx: 1\n") ==
        "egress:\n  - action: Deny  # all\n    # for now\n  - action: Allow\n    source:\n      ports: "
        "[80]\n  # the end\nx: 1\n");
}

TEST_CASE("rewrite: line ends stay what they are") {
  CHECK(with_rule("egress:\r\n- action: Deny\r\nx: 1\r\n") ==
        "egress:\r\n- action: Deny\r\n- action: Allow\r\n  source:\r\n    ports: [80]\r\nx: 1\r\n");
  CHECK(with_rule("\xef\xbb\xbf"
                  "egress:\r\n- action: Deny") ==
        "\xef\xbb\xbf"
        "egress:\r\n- action: Deny\r\n- action: Allow\r\n  source:\r\n    ports: [80]");
}

TEST_CASE("rewrite: an item goes into a flow list") {
  CHECK(with_rule("egress: [{action: Deny}]\n") ==
        "egress: [{action: Deny}, {action: Allow, source: {ports: [80]}}]\n");
  CHECK(with_rule("{egress: []}\n") == "{egress: [{action: Allow, source: {ports: [80]}}]}\n");
  CHECK(with_rule("{\"egress\": [{\"action\": \"Deny\"}]}") ==
        "{\"egress\": [{\"action\": \"Deny\"}, {\"action\": \"Allow\", \"source\": {\"ports\": [80]}}]}");
  CHECK(with_rule("egress: [\n  {action: Deny},  # all\n]\n") ==
        "egress: [\n  {action: Deny},  # all\n  {action: Allow, source: {ports: [80]}},\n]\n");
  CHECK(with_rule("{\n  \"egress\": [\n    {\n      \"action\": \"Deny\"\n    }\n  ]\n}\n") ==
        "{\n  \"egress\": [\n    {\n      \"action\": \"Deny\"\n    },\n"
        "    {\"action\": \"Allow\", \"source\": {\"ports\": [80]}}\n  ]\n}\n");
  CHECK(with_rule("egress:\n- {action: Deny}\n") ==
        "egress:\n- {action: Deny}\n- {action: Allow, source: {ports: [80]}}\n");
}

TEST_CASE("rewrite: a list that is not there is made behind its sibling") {
  CHECK(with_rule("ingress:\n- action: Deny\n# types\ntypes: [Ingress]\n") ==
        "ingress:\n- action: Deny\negress:\n- action: Allow\n  source:\n    ports: [80]\n# types\ntypes: "
        "[Ingress]\n");
  CHECK(with_rule("ingress:\n    - {action: Deny}\n") ==
        "ingress:\n    - {action: Deny}\negress:\n    - {action: Allow, source: {ports: [80]}}\n");
  CHECK(with_rule("{ingress: [{action: Deny}], types: [Ingress]}") ==
        "{ingress: [{action: Deny}], egress: [{action: Allow, source: {ports: [80]}}], types: [Ingress]}");
  CHECK(with_rule("name: x\n") == "name: x\negress:\n  - action: Allow\n    source:\n      ports: [80]\n");
}

TEST_CASE("rewrite: an empty list is filled") {
  const std::string item = "\n  - action: Allow\n    source:\n      ports: [80]\n";
  CHECK(with_rule("egress:\nx: 1\n") == "egress:" + item + "x: 1\n");
  CHECK(with_rule("egress: []\nx: 1\n") == "egress:" + item + "x: 1\n");
  CHECK(with_rule("egress: ~  # none\nx: 1\n") == "egress:  # none" + item + "x: 1\n");
  CHECK(with_rule("egress: &e []\n") == "no room");
}

TEST_CASE("rewrite: an item goes before another one and its comment") {
  Text block("egress:\n- action: Log\n# the rest\n- action: Deny\n");
  CHECK(block.after({AddItem{{block.root()}, "egress", rule(), "", block.at("action: Deny")}}) ==
        "egress:\n- action: Log\n- action: Allow\n  source:\n    ports: [80]\n# the rest\n- action: Deny\n");
  Text flow("egress: [{action: Log}, {action: Deny}]\n");
  CHECK(flow.after({AddItem{{flow.root()}, "egress", rule(), "", flow.at("{action: Deny}")}}) ==
        "egress: [{action: Log}, {action: Allow, source: {ports: [80]}}, {action: Deny}]\n");
}

TEST_CASE("rewrite: items for one list become one insertion, equal ones once") {
  const Text t("types: [Ingress]\n");
  const Change egress = AddItem{{t.root()}, "types", word("Egress")};
  CHECK(t.after({egress, egress}) == "types: [Ingress, Egress]\n");
  const Text lists("ingress: []\n");
  CHECK(lists.after({AddItem{{lists.root()}, "egress", word("a")},
                     AddItem{{lists.root()}, "egress", word("b")}}) == "ingress: []\negress: [a, b]\n");
  CHECK(lists.after({AddItem{
            .mapping = {lists.root()}, .key = "types", .item = word("Egress"), .only_if_there = true}}) ==
        "ingress: []\n");
}

TEST_CASE("rewrite: an entry is added behind its sibling, or at the end") {
  const auto with_flag = [](std::string text) {
    const Text t(std::move(text));
    return t.after({AddEntry{{t.root(), {"spec"}}, "applyOnForward", bare("true"), "doNotTrack"}});
  };
  CHECK(with_flag("spec:\n  doNotTrack: true  # fast\n  types: []\n") ==
        "spec:\n  doNotTrack: true  # fast\n  applyOnForward: true\n  types: []\n");
  CHECK(with_flag("spec: {doNotTrack: true, types: []}\n") ==
        "spec: {doNotTrack: true, applyOnForward: true, types: []}\n");
  CHECK(with_flag("{\"spec\": {\"doNotTrack\": true}}\n") ==
        "{\"spec\": {\"doNotTrack\": true, \"applyOnForward\": true}}\n");
  CHECK(with_flag("spec: {\n  doNotTrack: true, # fast\n  types: []\n}\n") ==
        "spec: {\n  doNotTrack: true, # fast\n  applyOnForward: true,\n  types: []\n}\n");
  CHECK(with_flag("- a: 1\n") == "no room");
  CHECK(with_flag("spec:\n  x: 1\n  applyOnForward: false\n") == "no room");
}

TEST_CASE("rewrite: an item of a block list goes with its lines, and other comments stay") {
  const Text t("egress:\n# one\n- a: 1  # first\n  # of it\n# two\n- b: 2\n\nx: 1\n");
  CHECK(t.after({RemoveItem{t.at("a: 1")}}) == "egress:\n# one\n# two\n- b: 2\n\nx: 1\n");
  CHECK(t.after({RemoveItem{t.at("b: 2")}}) == "egress:\n# one\n- a: 1  # first\n  # of it\n# two\n\nx: 1\n");
}

TEST_CASE("rewrite: several items go at once, and the last of all leaves an empty list") {
  const Text t("egress:\n- a: 1\n- b: 2\n- c: 3\n");
  CHECK(t.after({RemoveItem{t.at("a: 1")}, RemoveItem{t.at("b: 2")}}) == "egress:\n- c: 3\n");
  const Text one("egress: # all\n  - a: 1\n  # none left\nx: 1\n");
  CHECK(one.after({RemoveItem{one.at("a: 1")}}) == "egress: [] # all\n  # none left\nx: 1\n");
  const Text flow("egress: [ {a: 1} ]\n");
  CHECK(flow.after({RemoveItem{flow.at("{a: 1}")}}) == "egress: []\n");
}

TEST_CASE("rewrite: not all items of a list go at once, for that would leave nothing where a list was") {
  const Text t("egress:\n- a\n- b\n");
  CHECK(t.after({RemoveItem{t.at("a")}, RemoveItem{t.at("b")}}) == "no room");
}

TEST_CASE("rewrite: an item of a flow list goes with one comma") {
  const Text t("x: [a, b, c]\n");
  CHECK(t.after({RemoveItem{t.at("a")}}) == "x: [b, c]\n");
  CHECK(t.after({RemoveItem{t.at("b")}}) == "x: [a, c]\n");
  CHECK(t.after({RemoveItem{t.at("c")}}) == "x: [a, b]\n");
  const Text lines("x: [\n  aa,\n  bb, # two\n  cc,\n]\n");
  CHECK(lines.after({RemoveItem{lines.at("aa")}}) == "x: [\n  bb, # two\n  cc,\n]\n");
  CHECK(lines.after({RemoveItem{lines.at("cc")}}) == "x: [\n  aa,\n  bb, # two\n]\n");
  CHECK(lines.after({RemoveItem{lines.at("bb")}}) == "x: [\n  aa,\n  cc,\n]\n");
  const Text json("{\n  \"a\": [\n    1,\n    2\n  ]\n}\n");
  CHECK(json.after({RemoveItem{json.at("2")}}) == "{\n  \"a\": [\n    1\n  ]\n}\n");
  CHECK(json.after({RemoveItem{json.at("1")}}) == "{\n  \"a\": [\n    2\n  ]\n}\n");
  const Text between("x: [a, # one\n  b, c]\n");
  CHECK(between.after({RemoveItem{between.at("b")}}) == "x: [a, # one\n  c]\n");
  const Text both("x: [a, # one\n  b # two\n , c]\n");
  CHECK(both.after({RemoveItem{both.at("b")}}) == "no room");  // whose comments would they be?
}

TEST_CASE("rewrite: an entry goes with its lines") {
  const Text t("- a: 1 # one\n  # of a\n  b: 2\n  c: 3\n");
  CHECK(t.after({RemoveEntry{t.at("b")}}) == "- a: 1 # one\n  # of a\n  c: 3\n");
  CHECK(t.after({RemoveEntry{t.at("a")}}) == "no room");  // its comment would be that of the next one
  const Text first("- a: 1\n  b:\n    c: 3\n");
  CHECK(first.after({RemoveEntry{first.at("a")}}) == "- b:\n    c: 3\n");
  CHECK(first.after({RemoveEntry{first.at("c")}}) == "- a: 1\n  b: {}\n");
  const Text flow("x: {a: 1, b: 2}\n");
  CHECK(flow.after({RemoveEntry{flow.at("a")}}) == "x: {b: 2}\n");
}

TEST_CASE("rewrite: keys and scalars keep their quotes") {
  const Text t("acton: allow\n'acton2': 'it''s'\n\"acton3\": \"allow\"\n");
  CHECK(t.after({RenameKey{t.at("acton"), "action"}}) ==
        "action: allow\n'acton2': 'it''s'\n\"acton3\": \"allow\"\n");
  CHECK(
      t.after({RenameKey{t.at("'acton2'"), "a2"}, SetScalar{t.at("'it''s'"), {"that's", Spelling::Text}}}) ==
      "acton: allow\n'a2': 'that''s'\n\"acton3\": \"allow\"\n");
  CHECK(t.after(
            {RenameKey{t.at("\"acton3\""), "a3"}, SetScalar{t.at("\"allow\""), {"Allow", Spelling::Word}}}) ==
        "acton: allow\n'acton2': 'it''s'\n\"a3\": \"Allow\"\n");
  CHECK(t.after({SetScalar{t.at("allow"), {"Allow", Spelling::Word}}}) ==
        "acton: Allow\n'acton2': 'it''s'\n\"acton3\": \"allow\"\n");
  CHECK(t.after({SetScalar{t.at("\"allow\""), {"true", Spelling::Bare}}}) ==
        "acton: allow\n'acton2': 'it''s'\n\"acton3\": true\n");
  CHECK(t.after({SetScalar{t.at("allow"), {"1.10", Spelling::Text}}}) ==
        "acton: '1.10'\n'acton2': 'it''s'\n\"acton3\": \"allow\"\n");
}

TEST_CASE("rewrite: a value becomes a list of one") {
  const Text t("ports: 80 # web\nnets: 'a'\nx: a, b\n");
  CHECK(t.after({WrapInList{t.at("80")}}) == "ports: [80] # web\nnets: 'a'\nx: a, b\n");
  CHECK(t.after({WrapInList{t.at("'a'")}}) == "ports: 80 # web\nnets: ['a']\nx: a, b\n");
  CHECK(t.after({WrapInList{t.at("a, b")}}) == "no room");
  const Text tagged("ports: !!str 1\nnets: &n\n  a\n");
  CHECK(tagged.after({WrapInList{tagged.at("1")}}) == "no room");
  CHECK(tagged.after({WrapInList{tagged.at("a")}}) == "no room");
}

TEST_CASE("rewrite: what several changes put under one new key is one entry, or has no room") {
  const Text t("a: 1\nb: 2\n");
  CHECK(t.after({AddItem{{t.root()}, "c", word("x"), "a"}, AddItem{{t.root()}, "c", word("y"), "b"}}) ==
        "a: 1\nc: [x, y]\nb: 2\n");
  CHECK(t.after({AddEntry{{t.root()}, "c", word("x")}, AddEntry{{t.root()}, "c", word("y")}}) == "no room");
}

TEST_CASE("rewrite: what was nothing becomes a list, and other changes still find their places") {
  const Text t("egress:\nx: 1\n");
  CHECK(t.after({AddItem{{t.root()}, "egress", rule(), "ingress"},
                 SetScalar{t.at("1"), {"2", Spelling::Bare}}}) ==
        "egress:\n  - action: Allow\n    source:\n      ports: [80]\nx: 2\n");
}

TEST_CASE("rewrite: what goes to the end of a list stands before an entry that follows the list") {
  const Text lines("spec:\n  a:\n  - 1\n");
  const MappingPlace spec{lines.root(), {"spec"}};
  for (const bool entry_first : {false, true}) {
    std::vector<Change> changes{AddItem{spec, "b", word("x"), "a"}, AddItem{spec, "a", bare("2")}};
    if (!entry_first) std::swap(changes[0], changes[1]);
    CHECK(lines.after(changes) == "spec:\n  a:\n  - 1\n  - 2\n  b: [x]\n");
  }
  const Text empty("a:\n");
  CHECK(empty.after({AddEntry{{empty.root()}, "b", word("x"), "a"}, AddItem{{empty.root()}, "a", rule()}}) ==
        "a:\n  - action: Allow\n    source:\n      ports: [80]\nb: x\n");
  const Text deep("a:\n  b:\n    c: 1\n");
  CHECK(deep.after({AddEntry{{deep.root()}, "d", word("x")}, AddEntry{{deep.root(), {"a"}}, "e", word("y")},
                    AddEntry{{deep.root(), {"a", "b"}}, "f", word("z")}}) ==
        "a:\n  b:\n    c: 1\n    f: z\n  e: y\nd: x\n");
}

TEST_CASE("rewrite: no key gets the name of another") {
  const Text t("one: 1\ntwo: 2\n");
  CHECK(t.after({RenameKey{t.at("two"), "one"}}) == "no room");
  CHECK(t.after({RenameKey{t.at("two"), "three"}}) == "one: 1\nthree: 2\n");
}

TEST_CASE("rewrite: a comment goes, and its line if nothing else is on it") {
  const Text t("a: 1  # one\n  # two\nb: 2\n");
  CHECK(t.after({RemoveComment{t.at("# one")}}) == "a: 1\n  # two\nb: 2\n");
  CHECK(t.after({RemoveComment{t.at("# two")}}) == "a: 1  # one\nb: 2\n");
  CHECK(t.after({RemoveComment{t.at(" two")}}) == "a: 1  # one\n  #\nb: 2\n");
}

TEST_CASE("rewrite: what an alias or a merge key shares is left alone") {
  const Text alias("a: &x\n- b: 1\nc: *x\n");
  CHECK(alias.after({RemoveItem{alias.at("b: 1")}}) == "no room");
  CHECK(alias.after({SetScalar{alias.at("1"), {"2", Spelling::Bare}}}) == "no room");
  CHECK(alias.after({AddItem{{alias.root()}, "a", word("x")}}) == "no room");
  CHECK(alias.after({AddItem{{alias.root()}, "d", word("x")}}) == "a: &x\n- b: 1\nc: *x\nd: [x]\n");
  const Text merged("base: &b\n  one: 1\nmore:\n  <<: *b\n  two: 2\n");
  CHECK(merged.after({RenameKey{merged.at("one"), "eins"}}) == "no room");
  CHECK(merged.after({AddEntry{{merged.root(), {"base"}}, "x", bare("1")}}) == "no room");
  CHECK(merged.after({AddEntry{{merged.root(), {"more"}}, "x", bare("1")}}) ==
        "base: &b\n  one: 1\nmore:\n  <<: *b\n  two: 2\n  x: 1\n");
  CHECK(merged.after({RemoveEntry{merged.at("two")}}) == "base: &b\n  one: 1\nmore:\n  <<: *b\n");
}

TEST_CASE("rewrite: an aliased last item does not hide the end of its list") {
  const Text t("- &a x\n- *a\n");
  const Text block("one: &a {b: 1}\negress:\n- c: 1\n- *a\n# end\n");
  CHECK(block.after({AddItem{{block.root()}, "egress", word("x")}}) ==
        "one: &a {b: 1}\negress:\n- c: 1\n- *a\n- x\n# end\n");
  const Text flow("one: &a x\ntwo: [*a]\n");
  CHECK(flow.after({AddItem{{flow.root()}, "two", word("x")}}) == "no room");
}

TEST_CASE("rewrite: where something could not be read, nothing is changed") {
  const Text t("a: 1\nb: 2\na: 3\n");  // the second would come to light
  CHECK(t.after({RemoveEntry{t.at("a")}}) == "no room");
  CHECK(t.after({AddEntry{{t.root()}, "c", bare("1")}}) == "no room");
}

TEST_CASE("rewrite: other documents of the buffer stay as they are") {
  const Text t("---\na: 1 \n--- # two\nspec:\n  b: 1\n...\n---\nc: 1\n");
  CHECK(t.after({AddEntry{{t.root(1), {"spec"}}, "x", bare("1")}}) ==
        "---\na: 1 \n--- # two\nspec:\n  b: 1\n  x: 1\n...\n---\nc: 1\n");
}

TEST_CASE("rewrite: a change that the text does not show is seen") {
  const Text t("a: 1\nb: 2\n");
  SourceMap other;
  other.add("test.yaml", "a: 1\nb: 3\nc: 1\n");
  const Change added = AddEntry{{t.root()}, "c", bare("1")};
  CHECK_FALSE(says_the_same_but_for(t.sources, other, t.buffer, std::vector{added}));
  const Change set = SetScalar{t.at("2"), {"3", Spelling::Bare}};
  CHECK(says_the_same_but_for(t.sources, other, t.buffer, std::vector{added, set}));
  CHECK_FALSE(says_the_same_but_for(t.sources, other, t.buffer, std::vector{set}));
}

TEST_CASE("edited text: places move with the text around them") {
  const EditedText edited(
      "0123456789", {{{BufferId{0}, 2, 4}, ""}, {{BufferId{0}, 6, 6}, "xyz"}, {{BufferId{0}, 8, 9}, "Q"}});
  CHECK(edited.text() == "0145xyz67Q9");
  CHECK(edited.place_of(1) == 1u);
  CHECK(edited.place_of(2) == std::nullopt);
  CHECK(edited.place_of(5) == 3u);
  CHECK(edited.place_of(6) == 7u);
  CHECK(edited.place_of(8) == 9u);
  CHECK(edited.place_of(9) == 10u);
}

}  // namespace untrack::frontend::yaml
