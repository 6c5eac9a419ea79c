#include "verify/prove.h"

#include <algorithm>
#include <cassert>
#include <set>

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

static Difference difference(ir::PacketSpace& space, const ir::EffectTable& table, ir::PacketMap expected,
                             ir::PacketMap found, ir::Direction direction,
                             const std::string& interface_name) {
  const ir::PacketMap unequal =
      space.combine(expected, found, [](ir::Leaf a, ir::Leaf b) -> ir::Leaf { return a == b ? 0 : 1; });
  const auto witness = space.witness(ir::PacketSet{unequal}, direction);
  assert(witness && "different maps differ for some packet");
  Difference result{.direction = direction, .interface_name = interface_name, .packet = *witness};
  result.expected = table[space.at(expected, *witness, direction)];
  const ir::Leaf leaf = space.at(found, *witness, direction);
  if (leaf != kUndefined) result.found = table[leaf];
  return result;
}

Proof prove_equal(ir::PacketSpace& space, const ir::Ruleset& policy, const Reading& artifact) {
  ir::EffectTable table;
  for (const std::string& name : interfaces_of(policy, artifact)) {
    for (const ir::Direction direction : ir::kDirections) {
      const ir::PacketMap expected = effects_of(space, policy, table, direction, name);
      const ir::PacketMap found = artifact.effects(space, table, direction, name);
      // Results of an exhausted space compare equal whatever they stand for.
      if (space.exhausted()) return Unproved{};
      if (expected == found) continue;
      Difference result = difference(space, table, expected, found, direction, name);
      if (space.exhausted()) return Unproved{};
      return result;
    }
  }
  return Equal{};
}

static std::string describe(const ir::Effect& effect) {
  std::string text(ir::to_string(effect.verdict));
  for (const ir::LogPacket& log : effect.logs) {
    text += fmt::format(", log \"{}\"", log.prefix);
    if (log.limit)
      text += fmt::format(" at most {}/{} burst {}", log.limit->rate, log.limit->unit, log.limit->burst);
  }
  return text;
}

std::string Difference::to_string() const {
  return fmt::format("{} on {}, packet {}: the policy says {}, the artifact {}", ir::to_string(direction),
                     interface_name, ir::to_string(packet), describe(expected),
                     found ? "says " + describe(*found)
                           : "leaves it to bytes that are no header, or to something that no policy means");
}

}  // namespace untrack::verify
