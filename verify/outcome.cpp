#include "verify/outcome.h"

#include <algorithm>

namespace untrack::verify {

// Past this, a set of outcomes is called Anything. A handful of verdicts with a few log texts stays far
// below.
static constexpr std::size_t kMostOutcomes = 32;

Outcomes::Outcomes() {
  intern({Outcome{}});
  intern({});
}

ir::Leaf Outcomes::intern(std::vector<Outcome> set) {
  std::sort(set.begin(), set.end());
  set.erase(std::unique(set.begin(), set.end()), set.end());
  const bool has_anything = std::any_of(
      set.begin(), set.end(), [](const Outcome& outcome) { return outcome.exit == Exit::Anything; });
  if (has_anything || set.size() > kMostOutcomes) set = {Outcome{.exit = Exit::Anything}};
  const auto [place, is_new] = leaves_.try_emplace(std::move(set), static_cast<ir::Leaf>(sets_.size()));
  if (is_new) sets_.push_back(place->first);
  return place->second;
}

ir::Leaf Outcomes::just(const Outcome& outcome) {
  return intern({outcome});
}

std::uint32_t Outcomes::log(const ir::LogPacket& log) {
  const auto known = std::find(logs_.begin(), logs_.end(), log);
  if (known != logs_.end()) return static_cast<std::uint32_t>(known - logs_.begin());
  logs_.push_back(log);
  return static_cast<std::uint32_t>(logs_.size() - 1);
}

ir::Leaf Outcomes::either(ir::Leaf a, ir::Leaf b) {
  if (a == b || b == kNone) return a;
  if (a == kNone) return b;
  std::vector<Outcome> both = sets_[a];
  both.insert(both.end(), sets_[b].begin(), sets_[b].end());
  return intern(std::move(both));
}

static Outcome joined(Outcome first, const Outcome& second) {
  first.logs.insert(first.logs.end(), second.logs.begin(), second.logs.end());
  first.untracked |= second.untracked;
  if (second.mark != Mark::Untouched) first.mark = second.mark;
  first.exit = second.exit;
  return first;
}

ir::Leaf Outcomes::then(ir::Leaf first, ir::Leaf second) {
  if (first == kContinue) return second;
  if (second == kContinue) return first;
  std::vector<Outcome> all;
  for (const Outcome& a : sets_[first]) {
    if (a.exit != Exit::Continue) {
      all.push_back(a);
      continue;
    }
    for (const Outcome& b : sets_[second]) all.push_back(joined(a, b));
  }
  return intern(std::move(all));
}

ir::Leaf Outcomes::with_exits(ir::Leaf leaf, Exit from, Exit to) {
  std::vector<Outcome> set = sets_[leaf];
  for (Outcome& outcome : set) {
    if (outcome.exit == from) outcome.exit = to;
  }
  return intern(std::move(set));
}

ir::Effect Outcomes::effect(const Outcome& outcome, ir::Verdict verdict) const {
  ir::Effect effect{.verdict = verdict, .logs = {}};
  for (const std::uint32_t log : outcome.logs) effect.logs.push_back(logs_[log]);
  return effect;
}

}  // namespace untrack::verify
