#include "passes/label_index.h"

#include <doctest/doctest.h>

#include "tests/property/generate.h"

using namespace untrack;
using namespace untrack::passes;
using Op = ir::SelectorNode::Op;

static constexpr std::string_view kKeys[] = {"a", "b", "c"};
static constexpr std::string_view kValues[] = {"", "x", "xy", "yx", "z"};

static ir::Labels random_labels(property::Random& random) {
  ir::Labels labels;
  for (const std::string_view key : kKeys) {
    if (random.chance(50)) labels.insert_or_assign(key, random.pick(kValues));
  }
  return labels;
}

static ir::SelectorNode random_node(property::Random& random, std::uint32_t earlier) {
  static constexpr Op kLeaves[] = {Op::All, Op::Global, Op::Has,      Op::Equal,      Op::NotEqual,
                                   Op::In,  Op::NotIn,  Op::Contains, Op::StartsWith, Op::EndsWith};
  static constexpr Op kInner[] = {Op::Not, Op::And, Op::Or};
  ir::SelectorNode node;
  const auto operand = [&] { return static_cast<std::uint32_t>(random.below(earlier)); };
  if (earlier >= 2 && random.chance(50)) {
    node.op = random.pick(kInner);
    node.operands.push_back(operand());
    if (node.op != Op::Not) node.operands.push_back(operand());
    return node;
  }
  node.op = random.pick(kLeaves);
  if (node.op == Op::All || node.op == Op::Global) return node;
  node.label = random.pick(kKeys);
  if (node.op == Op::Has) return node;
  node.values.emplace_back(random.pick(kValues));
  if ((node.op == Op::In || node.op == Op::NotIn) && node.values[0] != "z") node.values.emplace_back("z");
  return node;
}

TEST_CASE("label index: it finds exactly what the selector matches") {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    CAPTURE(seed);
    property::Random random(seed);
    ir::PolicySet policies;
    policies.profiles["p"] = {"p", random_labels(random), {}};
    policies.profiles["q"] = {"q", random_labels(random), {}};
    std::vector<ir::Labelled> objects(20);
    std::vector<const ir::Labelled*> pointers;
    for (ir::Labelled& object : objects) {
      object.labels = random_labels(random);
      for (const char* profile : {"q", "missing", "p"}) {
        if (random.chance(40)) object.profiles.emplace_back(profile);
      }
      pointers.push_back(&object);
    }
    std::vector<ir::SelectorNode> nodes;
    const std::uint64_t size = 1 + random.below(8);
    for (std::uint32_t i = 0; i < size; ++i) nodes.push_back(random_node(random, i));
    const ir::Selector selector(std::move(nodes));
    CAPTURE(selector.canonical());

    const llvm::BitVector found = LabelIndex(policies, pointers).matching(selector);
    for (unsigned i = 0; i < objects.size(); ++i) {
      CHECK(found[i] == selector.matches(policies.labels_of(objects[i])));
    }
  }
}

TEST_CASE("label index: it knows which labels exist") {
  ir::PolicySet policies;
  const ir::Labelled object{{{"a", "x"}}, {}};
  const LabelIndex index(policies, {&object});
  CHECK(index.knows_a_label_of(ir::Selector({{Op::Equal, "a", {"z"}, {}}})));
  CHECK_FALSE(index.knows_a_label_of(ir::Selector({{Op::Has, "b", {}, {}}})));
  CHECK(index.knows_a_label_of(ir::Selector::all()));  // of whatever there is
}

TEST_CASE("label index: of a selector that matches nothing it says what was meant") {
  ir::PolicySet policies;
  ir::Labelled web, database;
  web.labels = {{"role", "webserver"}, {"env", "production"}};
  database.labels = {{"role", "database"}, {"env", "production"}};
  const LabelIndex index(policies, {&web, &database});
  const auto meant = [&](std::string label, std::vector<std::string> values, Op op = Op::In) {
    return index.what_was_meant(ir::Selector({{op, std::move(label), std::move(values), {}}}));
  };
  CHECK(meant("rolle", {"webserver"}) == "did you mean the label `role`?");
  CHECK(meant("env", {"prodution"}) == "did you mean `production`, a value that the label `env` has?");
  CHECK(meant("role", {"database", "websever"}) ==
        "did you mean `webserver`, a value that the label `role` has?");
  CHECK(meant("role", {"cache"}) == "");
  CHECK(meant("zone", {"webserver"}) == "");
  CHECK(meant("env", {"prodution"}, Op::StartsWith) == "");
  CHECK(index.what_was_meant(ir::Selector::all()) == "");
}
