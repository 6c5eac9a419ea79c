// One document that is a list of many objects is read in parts, and means what it means as a whole.
#include <doctest/doctest.h>

#include "tests/unit/frontend/resources/read.h"

using namespace untrack;
using namespace untrack::frontend;
using Lines = std::vector<std::string>;

static constexpr int kItems = 1500;  // a quarter of a megabyte: some eight parts

// A list as `kubectl get -o yaml` prints it: items where the key stands, `kind` behind them.
static std::string list(const std::string& indent, const std::vector<std::string>& others = {}) {
  std::string text = "apiVersion: v1\nunused: &a [1]\nitems: # all of them\n";
  for (int i = 0; i < kItems; ++i) {
    for (const std::string& line : {
             fmt::format("- apiVersion: projectcalico.org/v3"),
             fmt::format("  kind: GlobalNetworkSet"),
             fmt::format("  # the set of rack {}", i),
             fmt::format("  metadata: {{name: rack-{}, labels: {{rack: r{}}}}}", i, i % 7),
             fmt::format("  spec: {{nets: [10.{}.{}.0/24]}}", i / 256, i % 256),
         }) {
      text += indent + line + "\n";
    }
    if (i % (kItems / 3) == 7 && i / (kItems / 3) < static_cast<int>(others.size())) {
      text += others[static_cast<std::size_t>(i / (kItems / 3))];
    }
  }
  return text + "kind: List\nmetadata:\n  resourceVersion: \"\"\n";
}

static std::string everything(const Loaded& loaded) {
  std::string all;
  for (const std::string& line : loaded.findings()) all += line + "\n";
  for (const ir::NetworkSet& set : loaded.set.network_sets) {
    all += set.name + " " + loaded.sources.place(set.span);
    for (const ir::Cidr& net : set.nets) all += " " + net.to_string();
    for (const auto& [key, value] : set.labels.labels) all += fmt::format(" {}={}", key.text(), value.text());
    all += "\n";
  }
  return all;
}

static std::string with(std::string text, const std::string& what, const std::string& instead) {
  return text.replace(text.find(what), what.size(), instead);
}

TEST_CASE("large lists: read in parts, they are what they are as a whole") {
  for (const std::string indent : {"", "  ", "      "}) {
    // Mistakes of the decoder, one in a part of its own.
    std::string parts = list(indent);
    for (const int i : {10, kItems / 2, kItems - 1}) {
      parts = with(parts, fmt::format("name: rack-{},", i), fmt::format("name: Rack-{},", i));
    }
    parts += "data: 'a'\n";
    // An alias that reaches over the parts: nothing but the whole can be read.
    const std::string whole = with(parts, "data: 'a'", "data: *a ");
    const std::string expected = everything(load_text(whole));
    CHECK(load_text(whole).set.network_sets.size() == kItems - 3);
    CHECK(load_text(whole).findings().size() == 3);
    for (const unsigned jobs : {1u, 2u, 5u}) CHECK(everything(load_texts({{parts}}, jobs)) == expected);
    CHECK(everything(load_texts({{whole}}, 5)) == expected);
  }
}

TEST_CASE("large lists: lines within quotes, brackets and blocks that look like items are none") {
  const Loaded loaded =
      load_text(list("", {"- apiVersion: v1\n  kind: Quoted\n  data: \"\n- kind: Pod\n\n- a: 'b\n \"\n",
                          "- apiVersion: v1\n  kind: Flow\n  data: {\n a: [1,\n2]}\n",
                          "- apiVersion: v1\n  kind: Block\n  data: |\n   - kind: Pod\n   items:\n"}));
  CHECK(loaded.findings() == Lines{});
  CHECK(loaded.set.network_sets.size() == kItems);
}

TEST_CASE("large lists: a mistake of YAML is reported as in any document") {
  const auto found = [](const std::string& other) {
    Lines lines = load_text(list("", {"", other})).findings();
    REQUIRE(lines.size() == 1);
    return lines[0].substr(0, lines[0].find(' '));
  };
  CHECK(found("- {apiVersion: v1, kind: A, kind: B}\n") == "UT010");
  CHECK(found("- {apiVersion: v1, kind: A\n") == "UT003");
  CHECK(found("- apiVersion: v1\n  kind: 'A\n") == "UT005");
  CHECK(found("- apiVersion: v1\n  kind: {{ .Values.kind }}\n") == "UT009");
  CHECK(found("- a\n") == "UT060");
}

TEST_CASE("large lists: a list whose frame says something else is read as what it is") {
  const auto sets = [](const std::string& text) { return load_text(text).set.network_sets.size(); };
  const std::string right = list("  ");
  CHECK(sets(right) == kItems);
  CHECK(sets(with(right, "kind: List", "kind: ConfigMap")) == 0);
  CHECK(load_text(with(right, "kind: List", "items: []\nkind: List")).findings().size() == 1);  // UT010
  CHECK(sets(with(right, "items:", "other:")) == 0);
  // What items leave out the list says.
  std::string typed = right;
  for (std::size_t at = 0;
       (at = typed.find("  - apiVersion: projectcalico.org/v3\n    kind: GlobalNetworkSet\n", at)) !=
       std::string::npos;) {
    typed.replace(at, 66, "  -\n");
  }
  typed = with(with(typed, "apiVersion: v1", "apiVersion: projectcalico.org/v3"), "kind: List",
               "kind: GlobalNetworkSetList");
  CHECK(load_text(typed).findings().size() == kItems);  // UT061
  CHECK(sets(typed) == kItems);
}
