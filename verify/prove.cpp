#include "verify/prove.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "support/overloaded.h"

namespace untrack::verify {

static std::vector<std::string> interfaces_of(const ir::Ruleset& policy, const Reading& artifact) {
  std::set<std::string> names(artifact.interfaces.begin(), artifact.interfaces.end());
  for (const ir::InterfaceHook& hook : policy.hooks) names.insert(hook.interface_name);
  // The one that nobody names stands for all the others.
  for (int number = 0;; ++number) {
    if (names.insert(fmt::format("other{}", number)).second) break;
  }
  return {names.begin(), names.end()};
}

static ir::PacketMap effects_of(ir::PacketSpace& space, const ir::Ruleset& policy, ir::EffectTable& table,
                                ir::Direction direction, std::string_view interface_name) {
  const auto hook = std::find_if(policy.hooks.begin(), policy.hooks.end(), [&](const ir::InterfaceHook& h) {
    return h.direction == direction && h.interface_name == interface_name;
  });
  if (hook == policy.hooks.end()) return space.constant(table.leaf({}));
  return ir::effects(space, policy, *hook, table);
}

// What one direction of one interface does by the policy and by the artifact.
struct Pair {
  ir::Direction direction;
  const std::string& interface_name;
  ir::PacketMap expected, found;
};

// `where` holds packets that differ.
static Difference difference(ir::PacketSpace& space, const ir::EffectTable& table, const Pair& pair,
                             ir::PacketSet where) {
  const auto witness = space.witness(where, pair.direction);
  assert(witness && "different maps differ for some packet");
  Difference result{.direction = pair.direction, .interface_name = pair.interface_name, .packet = *witness};
  result.expected = table[space.at(pair.expected, *witness, pair.direction)];
  const ir::Leaf leaf = space.at(pair.found, *witness, pair.direction);
  if (leaf == kUndefined) {
    result.found = NoEffect::Undefined;
  } else if (leaf == kContradiction) {
    result.found = NoEffect::Contradiction;
  } else {
    result.found = table[leaf];
  }
  return result;
}

static std::vector<Difference> any_difference(ir::PacketSpace& space, const ir::EffectTable& table,
                                              const Pair& pair) {
  const ir::PacketMap unequal = space.combine(
      pair.expected, pair.found, [](ir::Leaf a, ir::Leaf b) -> ir::Leaf { return a == b ? 0 : 1; });
  if (space.exhausted()) return {};
  return {difference(space, table, pair, ir::PacketSet{unequal})};
}

// One for each two leaves that meet and are not equal.
static std::vector<Difference> kinds_of_difference(ir::PacketSpace& space, const ir::EffectTable& table,
                                                   const Pair& pair) {
  std::map<std::pair<ir::Leaf, ir::Leaf>, ir::Leaf> kinds;
  const ir::PacketMap unequal =
      space.combine(pair.expected, pair.found, [&](ir::Leaf expected, ir::Leaf found) -> ir::Leaf {
        if (expected == found) return 0;
        return kinds.try_emplace({expected, found}, static_cast<ir::Leaf>(kinds.size() + 1)).first->second;
      });
  std::vector<Difference> all;
  for (const auto& [leaves, kind] : kinds) {
    const ir::PacketSet where = space.where(unequal, kind);
    if (space.exhausted()) break;
    if (!space.empty(where)) all.push_back(difference(space, table, pair, where));
  }
  return all;
}

namespace {

enum class Wanted { One, AllKinds };
using Found = std::variant<std::vector<Difference>, Unproved>;

class Comparison {
 public:
  Comparison(ir::PacketSpace& space, const ir::Ruleset& policy, const Reading& artifact, Wanted wanted)
      : space_(space), policy_(policy), artifact_(artifact), wanted_(wanted) {}

  // In the order of interfaces, ingress before egress.
  Found run() {
    std::vector<Difference> all;
    for (const std::string& name : interfaces_of(policy_, artifact_)) {
      for (const ir::Direction direction : ir::kDirections) {
        if (!compare_within_budget(direction, name)) return Unproved{direction, name};
        std::ranges::move(found_, std::back_inserter(all));
        if (wanted_ == Wanted::One && !all.empty()) return all;
      }
    }
    return all;
  }

 private:
  bool compare_within_budget(ir::Direction direction, const std::string& name) {
    const bool is_new = space_.edge_count() == 0;
    compare(direction, name);
    if (!space_.exhausted() || is_new) return !space_.exhausted();
    space_ = ir::PacketSpace(space_.edge_budget());
    compare(direction, name);
    return !space_.exhausted();
  }

  // Results of an exhausted space compare equal whatever they stand for.
  void compare(ir::Direction direction, const std::string& name) {
    const Pair pair{direction, name, effects_of(space_, policy_, table_, direction, name),
                    artifact_.effects(space_, table_, direction, name)};
    found_.clear();
    if (space_.exhausted() || pair.expected == pair.found) return;
    found_ = wanted_ == Wanted::One ? any_difference(space_, table_, pair)
                                    : kinds_of_difference(space_, table_, pair);
  }

  ir::PacketSpace& space_;
  const ir::Ruleset& policy_;
  const Reading& artifact_;
  const Wanted wanted_;
  ir::EffectTable table_;
  std::vector<Difference> found_;  // of the pair under way
};

}  // namespace

Proof prove_equal(ir::PacketSpace& space, const ir::Ruleset& policy, const Reading& artifact) {
  Found found = Comparison(space, policy, artifact, Wanted::One).run();
  if (auto* unproved = std::get_if<Unproved>(&found)) return std::move(*unproved);
  auto& all = std::get<std::vector<Difference>>(found);
  if (all.empty()) return Equal{};
  return std::move(all.front());
}

std::variant<std::vector<Difference>, Unproved> differences(ir::PacketSpace& space, const ir::Ruleset& policy,
                                                            const Reading& artifact) {
  return Comparison(space, policy, artifact, Wanted::AllKinds).run();
}

static std::string in_words(NoEffect found) {
  switch (found) {
    case NoEffect::Undefined:
      return "leaves it to bytes that are no header, or to something that no policy means";
    case NoEffect::Contradiction: return "says one thing in its BPF image and another in its nft rules";
  }
  return "";
}

std::string Difference::to_string() const {
  return fmt::format(
      "{} on {}, packet {}: the policy says {}, the artifact {}", ir::to_string(direction), interface_name,
      ir::to_string(packet), ir::to_string(expected),
      std::visit(overloaded{[](const ir::Effect& effect) { return "says " + ir::to_string(effect); },
                            [](NoEffect none) { return in_words(none); }},
                 found));
}

}  // namespace untrack::verify
