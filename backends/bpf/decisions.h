// Terms in order -> a diagram of decisions: first match, resolved. Each decision looks at one field and sees
// of the terms behind it only those that are still open, as far as they are still open; equal remains are
// decided by the same decision. Exact by construction: an interval of keys leads to what is left for just
// these keys.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "backends/bpf/model.h"
#include "backends/bpf/terms.h"
#include "support/interner.h"

namespace untrack::backends::bpf {

// The reference of a key is that of the greatest `first` that is not above it. References are ends or other
// decisions, by number. At least two; neighbours differ.
struct Decision {
  Field field = Field::Source;
  std::vector<Key> first;
  std::vector<Reference> references;
  friend bool operator==(const Decision&, const Decision&) = default;
};

// Diagrams of one IP version, which share what is equal in them.
class Decisions {
 public:
  explicit Decisions(const KeySets& sets) : sets_(sets) {}
  const Decision& operator[](Reference reference) const { return decisions_[{at(reference)}]; }
  std::size_t size() const { return decisions_.size(); }

  // Nothing if it would take more than `budget` steps. If there is a stage behind this one, Track and Next
  // differ.
  enum class Behind : std::uint8_t { AnotherStage, Nothing };
  std::optional<Reference> build(std::span<const Term> terms, Behind behind, std::size_t budget);
  std::size_t budget_left() const { return budget_; }  // of the last build

  // References in all decisions of the diagram.
  std::size_t size_of(Reference root) const;
  // Keys that the terms speak of: about what a diagram takes that repeats nothing.
  std::size_t weight(std::span<const Term> terms) const;

 private:
  using TermId = Id<struct TermTag>;
  using List = std::vector<TermId>;  // what is left of terms, in order
  using ListId = Id<struct ListTag>;
  struct TermHash {
    std::size_t operator()(const Term& term) const;
  };
  struct ListHash {
    std::size_t operator()(const List& list) const;
  };
  // What is asked of a term again and again.
  struct Known {
    std::size_t weight = 0;
    bool asks_nothing = false;
    std::optional<TermId> without_block;
    std::array<std::optional<TermId>, kFields> without;  // the field
  };
  struct DecisionHash {
    std::size_t operator()(const Decision& decision) const;
  };
  // A list cut by one field.
  struct Split {
    Field field = Field::Source;
    std::vector<Key> first;
    std::vector<ListId> lists;
    std::size_t weight = 0;  // of the different lists, and of the cut itself
  };
  class Splitting;

  static std::uint32_t at(Reference reference) { return static_cast<std::uint32_t>(reference.node()); }
  std::size_t weight(const Term& term) const;
  TermId intern(const Term& term);
  TermId without(TermId id, Field field);
  TermId without_block(TermId id);
  ListId intern(List list);
  std::optional<Split> split(ListId list, Field field, std::size_t most);
  std::optional<Split> best_split(ListId list);
  std::optional<Reference> build(ListId list);
  std::optional<Reference> decide(ListId list);
  bool spend(std::size_t steps);

  const KeySets& sets_;
  Interner<Term, TermId, TermHash> terms_;
  Interner<List, ListId, ListHash> lists_;
  Interner<Decision, Id<struct DecisionTag>, DecisionHash> decisions_;
  std::vector<Known> known_;               // by term
  std::vector<std::size_t> list_weights_;  // by list
  // By list, and by what is behind.
  std::array<std::vector<std::optional<Reference>>, 2> references_;
  std::vector<std::uint64_t> seen_;     // by term: the number of the list that had it last
  std::vector<std::uint64_t> counted_;  // by list: the number of the split that had it last
  std::uint64_t lists_made_ = 0, splits_made_ = 0;
  Behind behind_ = Behind::Nothing;
  std::size_t budget_ = 0;
};

}  // namespace untrack::backends::bpf
