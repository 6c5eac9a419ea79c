#include "driver/findings/prove_fix.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "driver/parallel.h"
#include "frontend/yaml/rewrite.h"
#include "ir/meaning.h"
#include "passes/lint/part_of_node.h"
#include "passes/lower_policies.h"

namespace untrack::driver {

using ir::Direction;
using ir::Leaf;
using ir::PacketMap;
using ir::PacketSet;
using ir::PacketSpace;
using ir::Verdict;

// ---- what the text says

std::optional<std::string> disproof_by_text(const Session& before, const Session& after,
                                            const Editions& editions, Findings fixed) {
  for (const auto& [buffer, edition] : editions) {
    std::vector<Change> changes;
    for (const Diagnostic* finding : fixed) {
      if (finding->span.buffer != buffer) continue;
      changes.insert(changes.end(), finding->cure->changes.begin(), finding->cure->changes.end());
    }
    if (!frontend::yaml::says_the_same_but_for(before.sources, after.sources, buffer, changes))
      return "the edited text would say something else";
  }
  return std::nullopt;
}

// ---- what is found in it

namespace {

// A code in a place, as the edited text has it.
struct Place {
  std::string_view code;
  BufferId buffer;
  std::uint32_t offset = 0;
  friend auto operator<=>(const Place&, const Place&) = default;
};

}  // namespace

// Nothing where the place is gone.
static std::optional<Place> place_after(const Diagnostic& finding, const Editions& editions) {
  Place place{finding.info->code, finding.span.buffer, finding.span.begin};
  const auto edition = editions.find(finding.span.buffer);
  if (edition == editions.end()) return place;
  const auto moved = edition->second.place_of(finding.span.begin);
  if (!moved) return std::nullopt;
  place.offset = *moved;
  return place;
}

std::optional<std::string> disproof_by_findings(const Session& before, const Session& after,
                                                const Editions& editions, Findings fixed, Safety safety) {
  std::map<Place, int> found;  // how many more there are than before
  std::map<Place, const Diagnostic*> shown;
  for (const Diagnostic* finding : after.diagnostics.in_order()) {
    const Place place{finding->info->code, finding->span.buffer, finding->span.begin};
    ++found[place];
    shown[place] = finding;
  }
  for (const Diagnostic* finding : before.diagnostics.in_order()) {
    if (const auto place = place_after(*finding, editions)) --found[*place];
  }
  Severity level = safety == Safety::Safe ? Severity::Warning : Severity::Error;
  bool mends = false;
  for (const Diagnostic* finding : fixed) {
    const auto place = place_after(*finding, editions);
    if (place && found[*place] >= 0) return "the finding would still be there";
    level = std::min(level, finding->info->severity);
    mends |= finding->cure->effect == FixEffect::Repaired;
  }
  if (mends) return std::nullopt;
  for (const auto& [place, more] : found) {
    if (more <= 0 || shown[place]->info->severity < level) continue;
    return fmt::format("it would bring {}: {}", place.code, shown[place]->message);
  }
  return std::nullopt;
}

// ---- what becomes of packets

namespace {

enum class Comparison { AsAllowed, Differs, TooLarge };

}  // namespace

static const ir::InterfaceHook* find_hook(const ir::Ruleset& rules, const std::string& interface_name,
                                          Direction direction) {
  const auto found = std::ranges::find_if(rules.hooks, [&](const ir::InterfaceHook& hook) {
    return hook.interface_name == interface_name && hook.direction == direction;
  });
  return found == rules.hooks.end() ? nullptr : &*found;
}

static PacketMap effects_of(PacketSpace& space, const ir::Ruleset& rules, const std::string& interface_name,
                            Direction direction, ir::EffectTable& table) {
  const ir::InterfaceHook* hook = find_hook(rules, interface_name, direction);
  return hook ? ir::effects(space, rules, *hook, table) : space.constant(table.leaf({}));
}

static Direction other(Direction direction) {
  return direction == Direction::Ingress ? Direction::Egress : Direction::Ingress;
}

// Answers to untracked packets may have become untracked.
static bool changed_answers_only(PacketSpace& space, const ir::EffectTable& table, PacketMap before,
                                 PacketMap after, PacketMap requests) {
  enum : Leaf { kSame, kUntracked, kOtherwise };
  const PacketMap changes = space.combine(before, after, [&](Leaf a, Leaf b) -> Leaf {
    if (a == b) return kSame;
    const bool untracked = table[a].verdict == Verdict::Track && table[b].verdict == Verdict::Untrack;
    return untracked && table[a].logs == table[b].logs ? kUntracked : kOtherwise;
  });
  const PacketSet asking{space.map(
      requests, [&](Leaf leaf) -> Leaf { return table[leaf].verdict == Verdict::Untrack ? 1 : 0; })};
  return space.empty(space.where(changes, kOtherwise)) &&
         space.empty(space.subtract(space.where(changes, kUntracked), space.replies_of(asking)));
}

static Comparison compare(PacketSpace& space, const ir::Ruleset& before, const ir::Ruleset& after,
                          const std::string& interface_name, FixEffect effect) {
  ir::EffectTable table;
  std::map<Direction, PacketMap> old_effects, new_effects;
  for (const Direction direction : ir::kDirections) {
    old_effects[direction] = effects_of(space, before, interface_name, direction, table);
    new_effects[direction] = effects_of(space, after, interface_name, direction, table);
  }
  bool allowed = true;
  for (const Direction direction : ir::kDirections) {
    if (old_effects[direction] == new_effects[direction]) continue;
    allowed &= effect == FixEffect::Asked &&
               changed_answers_only(space, table, old_effects[direction], new_effects[direction],
                                    old_effects[other(direction)]);
  }
  return space.exhausted() ? Comparison::TooLarge : allowed ? Comparison::AsAllowed : Comparison::Differs;
}

// Interfaces share a space while it lasts; then each has one of its own, and at last each IP version of it.
static Comparison compare(const ir::Ruleset& before, const ir::Ruleset& after, FixEffect effect,
                          std::size_t budget) {
  std::set<std::string> names = passes::lint::interface_names(before);
  names.merge(passes::lint::interface_names(after));
  PacketSpace space(budget);
  for (const std::string& name : names) {
    Comparison result = compare(space, before, after, name, effect);
    if (result == Comparison::TooLarge) {
      space = PacketSpace(budget);
      result = compare(space, before, after, name, effect);
    }
    for (const ir::IpVersion version : ir::kIpVersions) {
      if (result != Comparison::TooLarge && version == ir::IpVersion::V4) break;
      space = PacketSpace(budget);
      result = compare(space, passes::lint::only_version(before, version),
                       passes::lint::only_version(after, version), name, effect);
      if (result != Comparison::AsAllowed) return result;
    }
    if (result != Comparison::AsAllowed) return result;
  }
  return Comparison::AsAllowed;
}

std::optional<std::string> disproof_by_packets(const Session& before, const Session& after, FixEffect effect,
                                               const LintOptions& options) {
  if (effect == FixEffect::Repaired) return std::nullopt;
  std::vector<std::string> nodes = before.policies.node_names();
  if (nodes != after.policies.node_names()) return "it would change which nodes there are";
  const passes::Cluster old_cluster(before.policies), new_cluster(after.policies);
  std::vector<Comparison> results(nodes.size());
  for_each_index(options.jobs, nodes.size(), [&](std::size_t i) {
    Diagnostics unheard;
    results[i] = compare(passes::lower_policies(old_cluster, nodes[i], options.lower, unheard),
                         passes::lower_policies(new_cluster, nodes[i], options.lower, unheard), effect,
                         before.config.proof_budget);
  });
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    switch (results[i]) {
      case Comparison::AsAllowed: break;
      case Comparison::Differs:
        return fmt::format(
            "on node `{}` it would change what becomes of packets that the finding is not about", nodes[i]);
      case Comparison::TooLarge:
        return fmt::format("on node `{}` the proof exceeds its budget; see --proof-budget", nodes[i]);
    }
  }
  return std::nullopt;
}

}  // namespace untrack::driver
