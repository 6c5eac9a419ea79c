#include "verify/compose.h"

#include <algorithm>

#include "verify/balanced.h"

namespace untrack::verify {

Hits Composer::both(Hits a, Hits b) const {
  const ir::PacketSet certain = space.intersect(a.certain, b.certain);
  if (a.certain == a.possible && b.certain == b.possible) return exactly(certain);
  return {certain, space.intersect(a.possible, b.possible)};
}

Hits Composer::any(std::vector<Hits> alternatives) const {
  return balanced(std::move(alternatives), never(), [this](Hits a, Hits b) -> Hits {
    const ir::PacketSet certain = space.unite(a.certain, b.certain);
    if (a.certain == a.possible && b.certain == b.possible) return exactly(certain);
    return {certain, space.unite(a.possible, b.possible)};
  });
}

Hits Composer::except(Hits all, Hits excluded) const {
  return {space.subtract(all.certain, excluded.possible), space.subtract(all.possible, excluded.certain)};
}

ir::PacketMap Composer::restricted(Hits test, ir::PacketMap walk, ir::Leaf otherwise) {
  if (test.certain == test.possible) {
    return space.combine(test.certain.map, walk,
                         [&](ir::Leaf taken, ir::Leaf leaf) { return taken != 0 ? leaf : otherwise; });
  }
  // 0: not taken, 1: perhaps, 2: taken.
  const ir::PacketMap taken =
      space.combine(test.possible.map, test.certain.map,
                    [](ir::Leaf perhaps, ir::Leaf certainly) { return perhaps + certainly; });
  return space.combine(taken, walk, [&](ir::Leaf how, ir::Leaf leaf) {
    if (how == 0) return otherwise;
    return how == 1 ? outcomes.either(leaf, Outcomes::kContinue) : leaf;
  });
}

ir::PacketMap Composer::when(Hits test, ir::PacketMap walk) {
  return test == always() ? walk : restricted(test, walk, Outcomes::kContinue);
}

ir::PacketMap Composer::sequence(std::vector<ir::PacketMap> walks) {
  std::erase(walks, go_on());
  return balanced(std::move(walks), go_on(), [this](ir::PacketMap a, ir::PacketMap b) {
    return space.combine(a, b,
                         [this](ir::Leaf first, ir::Leaf second) { return outcomes.then(first, second); });
  });
}

ir::PacketMap Composer::dispatch(std::span<const std::pair<Hits, ir::PacketMap>> branches) {
  std::vector<ir::PacketMap> parts;
  for (const auto& [test, walk] : branches) parts.push_back(restricted(test, walk, Outcomes::kNone));
  const ir::PacketMap taken =
      balanced(std::move(parts), always(Outcomes::kNone), [this](ir::PacketMap a, ir::PacketMap b) {
        return space.combine(a, b,
                             [this](ir::Leaf one, ir::Leaf other) { return outcomes.either(one, other); });
      });
  return space.map(taken, [](ir::Leaf leaf) { return leaf == Outcomes::kNone ? Outcomes::kContinue : leaf; });
}

ir::PacketMap Composer::after(const Before& program) {
  const ir::PacketMap written = space.choose(program.marked, outcomes.just(Outcome{.mark = Mark::Set}),
                                             outcomes.just(Outcome{.mark = Mark::Cleared}));
  const ir::PacketMap thrown_away = when(exactly(program.dropped), always(outcomes.just(Exit::Drop)));
  return sequence({thrown_away, written});
}

ir::PacketMap Composer::jump(ir::PacketMap chain) {
  return space.map(chain,
                   [this](ir::Leaf leaf) { return outcomes.with_exits(leaf, Exit::Return, Exit::Continue); });
}

ir::PacketMap Composer::go_to(ir::PacketMap chain) {
  return space.map(chain,
                   [this](ir::Leaf leaf) { return outcomes.with_exits(leaf, Exit::Continue, Exit::Return); });
}

ir::PacketMap Composer::effects(
    ir::PacketMap walk, ir::EffectTable& table,
    const std::function<std::optional<ir::Effect>(const Outcome&)>& effect) const {
  return space.map(walk, [&](ir::Leaf leaf) {
    std::optional<ir::Effect> common;
    for (const Outcome& outcome : outcomes[leaf]) {
      std::optional<ir::Effect> one = effect(outcome);
      if (!one || (common && !(*common == *one))) return kUndefined;
      common = std::move(one);
    }
    return common ? table.leaf(*common) : kUndefined;
  });
}

}  // namespace untrack::verify
