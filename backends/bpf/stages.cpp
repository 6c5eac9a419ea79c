#include "backends/bpf/stages.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

namespace untrack::backends::bpf {

// A diagram of so many references for each key that its terms speak of repeats little. An interval has two
// ends, and a decision that leads to it.
static constexpr std::size_t kFine = 4;
// Of steps for each key that the terms speak of; of all, at the second try (a few seconds).
static constexpr std::size_t kFirstBudget = 32, kSmallBudget = 1'000'000, kLastBudget = 10'000'000;
// How many runs are put together in all ways.
static constexpr std::size_t kMostRuns = 12;

namespace {

// Places between terms where a list may be cut, with 0 and the end.
using Cuts = std::vector<std::size_t>;

std::array<bool, kFields> fields_of(const Term& term) {
  std::array<bool, kFields> result{};
  for (std::size_t i = 0; i < kFields; ++i) result[i] = term.in[i] != kEvery;
  return result;
}

// Where terms begin to ask for other fields; not where one before may skip what stands behind.
Cuts cuts_of(std::span<const Term> terms) {
  Cuts cuts = {0};
  std::optional<std::uint32_t> skippable;  // the block in which a term skips the rest
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const bool other = i > 0 && fields_of(terms[i]) != fields_of(terms[i - 1]);
    if (other && terms[i].block != skippable) cuts.push_back(i);
    if (terms[i].outcome == Outcome::NextBlock) skippable = terms[i].block;
  }
  cuts.push_back(terms.size());
  return cuts;
}

class Planner {
 public:
  Planner(Decisions& decisions, std::span<const Term> terms, Cuts cuts)
      : decisions_(decisions), terms_(terms), cuts_(std::move(cuts)) {}

  std::optional<Roots> whole(std::size_t budget);
  std::optional<Roots> best(std::size_t budget);

 private:
  static constexpr std::size_t kTooMuch = std::numeric_limits<std::size_t>::max();
  struct Stage {
    Reference root;
    std::size_t size = kTooMuch;
  };

  std::size_t runs() const { return cuts_.size() - 1; }
  std::span<const Term> between(std::size_t first, std::size_t last) const {
    return terms_.subspan(cuts_[first], cuts_[last] - cuts_[first]);
  }
  Stage stage(std::size_t first, std::size_t last, std::size_t budget);
  void join_small_runs();

  Decisions& decisions_;
  std::span<const Term> terms_;
  Cuts cuts_;
};

Planner::Stage Planner::stage(std::size_t first, std::size_t last, std::size_t budget) {
  const auto behind = last == runs() ? Decisions::Behind::Nothing : Decisions::Behind::AnotherStage;
  const std::optional<Reference> root = decisions_.build(between(first, last), behind, budget);
  return root ? Stage{*root, decisions_.size_of(*root)} : Stage{};
}

std::optional<Roots> Planner::whole(std::size_t budget) {
  const Stage all = stage(0, runs(), budget);
  if (all.size > kFine * decisions_.weight(terms_)) return std::nullopt;
  return Roots{all.root};
}

void Planner::join_small_runs() {
  while (runs() > kMostRuns) {
    std::size_t lightest = 1, weight = kTooMuch;
    for (std::size_t cut = 1; cut < runs(); ++cut) {
      const std::size_t joined = decisions_.weight(between(cut - 1, cut + 1));
      if (joined < weight) lightest = cut, weight = joined;
    }
    cuts_.erase(cuts_.begin() + static_cast<std::ptrdiff_t>(lightest));
  }
}

// The cheapest way to divide the runs among the stages, from the last run on.
std::optional<Roots> Planner::best(std::size_t budget) {
  join_small_runs();
  struct Way {
    std::size_t size = kTooMuch;
    Roots roots{};
  };
  // The cheapest for what begins with each run, by number of stages.
  std::vector<Way> ways(runs() + 1);
  ways[runs()].size = 0;
  std::vector<std::vector<Stage>> stages(runs(), std::vector<Stage>(runs() + 1));
  for (std::size_t first = 0; first < runs(); ++first) {
    for (std::size_t last = first + 1; last <= runs(); ++last) {
      stages[first][last] = stage(first, last, budget);
      if (stages[first][last].size == kTooMuch) break;  // with more terms it gets no better
    }
  }
  for (std::size_t count = 1; count <= kStages; ++count) {
    std::vector<Way> longer = ways;
    for (std::size_t first = 0; first < runs(); ++first) {
      for (std::size_t last = first + 1; last <= runs(); ++last) {
        const Stage& here = stages[first][last];
        const Way& rest = ways[last];
        if (here.size == kTooMuch || rest.size == kTooMuch || here.size + rest.size >= longer[first].size)
          continue;
        longer[first] = {here.size + rest.size, {here.root}};
        std::copy_n(rest.roots.begin(), kStages - 1, longer[first].roots.begin() + 1);
      }
    }
    ways = std::move(longer);
  }
  if (ways[0].size == kTooMuch) return std::nullopt;
  return ways[0].roots;
}

}  // namespace

std::optional<Roots> build_stages(Decisions& decisions, std::span<const Term> terms) {
  if (terms.empty()) return Roots{};
  const std::size_t budget = kFirstBudget * decisions.weight(terms) + kSmallBudget;
  Planner planner(decisions, terms, cuts_of(terms));
  if (const std::optional<Roots> roots = planner.whole(budget)) return roots;
  if (const std::optional<Roots> roots = planner.best(budget)) return roots;
  return planner.best(kLastBudget);
}

}  // namespace untrack::backends::bpf
