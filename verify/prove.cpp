#include "verify/prove.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

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
  if (leaf != kUndefined) result.found = table[leaf];
  return result;
}

static Difference any_difference(ir::PacketSpace& space, const ir::EffectTable& table, const Pair& pair) {
  const ir::PacketMap unequal = space.combine(
      pair.expected, pair.found, [](ir::Leaf a, ir::Leaf b) -> ir::Leaf { return a == b ? 0 : 1; });
  return difference(space, table, pair, ir::PacketSet{unequal});
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

// In the order of interfaces, ingress before egress; `see` says whether to go on. False where the budget ran
// out: results of an exhausted space compare equal whatever they stand for.
template <class See>
static bool for_each_pair(ir::PacketSpace& space, ir::EffectTable& table, const ir::Ruleset& policy,
                          const Reading& artifact, const See& see) {
  for (const std::string& name : interfaces_of(policy, artifact)) {
    for (const ir::Direction direction : ir::kDirections) {
      const Pair pair{direction, name, effects_of(space, policy, table, direction, name),
                      artifact.effects(space, table, direction, name)};
      if (space.exhausted()) return false;
      if (pair.expected == pair.found) continue;
      const bool more = see(pair);
      if (space.exhausted()) return false;
      if (!more) return true;
    }
  }
  return true;
}

Proof prove_equal(ir::PacketSpace& space, const ir::Ruleset& policy, const Reading& artifact) {
  ir::EffectTable table;
  Proof proof = Equal{};
  const bool within_budget = for_each_pair(space, table, policy, artifact, [&](const Pair& pair) {
    proof = any_difference(space, table, pair);
    return false;
  });
  return within_budget ? proof : Unproved{};
}

std::optional<std::vector<Difference>> differences(ir::PacketSpace& space, const ir::Ruleset& policy,
                                                   const Reading& artifact) {
  ir::EffectTable table;
  std::vector<Difference> all;
  const bool within_budget = for_each_pair(space, table, policy, artifact, [&](const Pair& pair) {
    std::ranges::move(kinds_of_difference(space, table, pair), std::back_inserter(all));
    return true;
  });
  if (!within_budget) return std::nullopt;
  return all;
}

std::string Difference::to_string() const {
  return fmt::format("{} on {}, packet {}: the policy says {}, the artifact {}", ir::to_string(direction),
                     interface_name, ir::to_string(packet), ir::to_string(expected),
                     found ? "says " + ir::to_string(*found)
                           : "leaves it to bytes that are no header, or to something that no policy means");
}

}  // namespace untrack::verify
