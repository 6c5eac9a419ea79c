#include "backends/bpf/lower.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "backends/bpf/decisions.h"
#include "backends/bpf/stages.h"
#include "backends/bpf/tables.h"
#include "backends/bpf/terms.h"

namespace untrack::backends::bpf {

namespace {

// What all images share: key sets and decisions, by IP version.
struct Shared {
  explicit Shared(const ir::Ruleset& ruleset, ir::IpVersion which)
      : version(which), sets(ruleset, which), decisions(sets) {}
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;
  ir::IpVersion version;
  KeySets sets;
  Decisions decisions;
};

using RootsByClass = std::array<Roots, std::size(kClasses)>;

// The stage of which the diagrams lead to Track where they decide nothing: the last one that any class has.
// So no packet walks through the empty stages behind it; and no diagram that classes share is there twice.
std::size_t last_stage(const RootsByClass& roots) {
  std::size_t last = 0;
  for (const Roots& each : roots) {
    for (std::size_t stage = 0; stage < kStages; ++stage) {
      if (each[stage] != Reference()) last = std::max(last, stage);
    }
  }
  return last;
}

// False if it cannot be done within the limits.
bool add(const ir::InterfaceHook& hook, Shared& shared, Tables& tables, Image& image) {
  RootsByClass decided;
  for (const Class each : kClasses) {
    const std::vector<Term> list = terms(shared.sets, hook, each);
    const std::optional<Roots> roots = build_stages(shared.decisions, list);
    if (!roots) return false;
    decided[static_cast<std::size_t>(each)] = *roots;
  }
  auto& by_class = image.roots[static_cast<std::size_t>(hook.direction)][shared.version == ir::IpVersion::V6];
  const std::size_t last = last_stage(decided);
  for (std::size_t each = 0; each < decided.size(); ++each) {
    for (std::size_t stage = 0; stage < kStages; ++stage) {
      const std::optional<Reference> root = tables.add(shared.decisions, shared.version, decided[each][stage],
                                                       stage < last ? End::Next : End::Track);
      if (!root) return false;
      by_class[each][stage] = *root;
    }
  }
  return true;
}

}  // namespace

Lowered lower(const ir::Ruleset& ruleset, MarkBit mark, std::size_t most_bytes) {
  Lowered result;
  Shared v4(ruleset, ir::IpVersion::V4), v6(ruleset, ir::IpVersion::V6);
  for (auto hook = ruleset.hooks.begin(); hook != ruleset.hooks.end();) {
    Image image{.interface_name = hook->interface_name, .mark = mark};
    Tables tables(most_bytes);
    bool fits = true;
    for (; hook != ruleset.hooks.end() && hook->interface_name == image.interface_name; ++hook) {
      image.hooks[static_cast<std::size_t>(hook->direction)] = true;
      fits = fits && add(*hook, v4, tables, image) && add(*hook, v6, tables, image);
    }
    if (!fits) {
      result.too_large.push_back(image.interface_name);
      continue;
    }
    image.nodes = std::move(tables).take();
    result.images.push_back(std::move(image));
  }
  return result;
}

}  // namespace untrack::backends::bpf
