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
// Steps: for the diagram of all terms, by their keys; for all the others together that are tried for stages
// (about a second); and once more, if none of that was enough.
static constexpr std::size_t kStepsForEachKey = 32, kFewSteps = 1'000'000, kSteps = 4'000'000,
                             kLastSteps = 40'000'000;
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
      : decisions_(decisions), terms_(terms), cuts_(std::move(cuts)), weights_before_(terms.size() + 1) {
    for (std::size_t i = 0; i < terms.size(); ++i)
      weights_before_[i + 1] = weights_before_[i] + decisions.weight(terms.subspan(i, 1));
  }

  std::optional<Roots> whole();
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
  Stage stage(std::size_t first, std::size_t last, std::size_t& budget);
  std::vector<std::vector<Stage>> stages(std::size_t budget);
  void join_small_runs();

  Decisions& decisions_;
  std::span<const Term> terms_;
  Cuts cuts_;
  Stage whole_;
  std::vector<std::size_t> weights_before_;  // of the terms before each, and of all
};

Planner::Stage Planner::stage(std::size_t first, std::size_t last, std::size_t& budget) {
  const auto behind = last == runs() ? Decisions::Behind::Nothing : Decisions::Behind::AnotherStage;
  const std::optional<Reference> root = decisions_.build(between(first, last), behind, budget);
  budget = decisions_.budget_left();
  return root ? Stage{*root, decisions_.size_of(*root)} : Stage{};
}

// Nothing if it is larger than it has to be.
std::optional<Roots> Planner::whole() {
  std::size_t budget = kStepsForEachKey * weights_before_.back() + kFewSteps;
  whole_ = stage(0, runs(), budget);
  if (whole_.size > kFine * weights_before_.back()) return std::nullopt;
  return Roots{whole_.root};
}

void Planner::join_small_runs() {
  while (runs() > kMostRuns) {
    std::size_t lightest = 1, weight = kTooMuch;
    for (std::size_t cut = 1; cut < runs(); ++cut) {
      const std::size_t joined = weights_before_[cuts_[cut + 1]] - weights_before_[cuts_[cut - 1]];
      if (joined < weight) lightest = cut, weight = joined;
    }
    cuts_.erase(cuts_.begin() + static_cast<std::ptrdiff_t>(lightest));
  }
}

// By first run and the one behind the last; short ones first, since with more terms a diagram gets no
// smaller, as long as the budget lasts. One that is as large as the whole is of no use.
std::vector<std::vector<Planner::Stage>> Planner::stages(std::size_t budget) {
  std::vector<std::vector<Stage>> result(runs(), std::vector<Stage>(runs() + 1));
  result[0][runs()] = whole_;
  for (std::size_t length = 1; length < runs() || (length == runs() && whole_.size == kTooMuch); ++length) {
    for (std::size_t first = 0; first + length <= runs(); ++first) {
      const std::size_t last = first + length;
      const bool too_much = length > 1 && (result[first][last - 1].size >= whole_.size ||
                                           result[first + 1][last].size >= whole_.size);
      if (!too_much) result[first][last] = stage(first, last, budget);
    }
  }
  return result;
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
  const std::vector<std::vector<Stage>> stages = this->stages(budget);
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
  Planner planner(decisions, terms, cuts_of(terms));
  if (const std::optional<Roots> roots = planner.whole()) return roots;
  if (const std::optional<Roots> roots = planner.best(kSteps)) return roots;
  return planner.best(kLastSteps);
}

}  // namespace untrack::backends::bpf
