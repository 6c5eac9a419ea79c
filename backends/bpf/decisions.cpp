#include "backends/bpf/decisions.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <unordered_map>
#include <utility>

#include "backends/bpf/word_hash.h"

namespace untrack::backends::bpf {

static constexpr Field kFieldsByPromise[] = {Field::DestinationPort, Field::SourcePort, Field::Source,
                                             Field::Destination,     Field::Protocol,   Field::Icmp};

static bool asks(const Term& term, Field field) {
  return term.in[static_cast<std::size_t>(field)] != kEvery;
}

static bool asks_nothing(const Term& term) {
  return std::ranges::all_of(term.in, [](KeySetId each) { return each == kEvery; });
}

static End end_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::Untrack: return End::Untrack;
    case Outcome::Drop: return End::Drop;
    case Outcome::Track: return End::Track;
    case Outcome::NextBlock: break;
  }
  assert(false && "a list does not begin with a term that skips to the next block for every packet");
  return End::Next;
}

// ---- hashes, and what things weigh

std::size_t Decisions::TermHash::operator()(const Term& term) const {
  WordHash hash;
  hash.add(std::uint64_t{term.block} << 8 | static_cast<std::uint64_t>(term.outcome));
  for (const KeySetId each : term.in) hash.add(std::uint64_t{each.index});
  return hash.value();
}

std::size_t Decisions::ListHash::operator()(const List& list) const {
  WordHash hash;
  for (const TermId each : list) hash.add(std::uint64_t{each.index});
  return hash.value();
}

std::size_t Decisions::DecisionHash::operator()(const Decision& decision) const {
  WordHash hash;
  hash.add(static_cast<std::uint64_t>(decision.field));
  for (const Key first : decision.first) hash.add(first);
  for (const Reference each : decision.references) hash.add(std::uint64_t{each.bits()});
  return hash.value();
}

std::size_t Decisions::weight(const Term& term) const {
  std::size_t result = 1;
  for (const KeySetId each : term.in) result += each == kEvery ? 0 : sets_[each].size();
  return result;
}

std::size_t Decisions::weight(std::span<const Term> terms) const {
  std::size_t result = 0;
  for (const Term& each : terms) result += weight(each);
  return result;
}

std::size_t Decisions::size_of(Reference root) const {
  std::vector<bool> seen(decisions_.size());
  std::vector<Reference> open = {root};
  std::size_t size = 0;
  while (!open.empty()) {
    const Reference next = open.back();
    open.pop_back();
    if (next.is_end() || seen[next.node()]) continue;
    seen[next.node()] = true;
    const Decision& decision = (*this)[next];
    size += decision.references.size();
    open.insert(open.end(), decision.references.begin(), decision.references.end());
  }
  return size;
}

bool Decisions::spend(std::size_t steps) {
  const bool enough = budget_ >= steps;
  budget_ = enough ? budget_ - steps : 0;
  return enough;
}

// ---- lists

Decisions::TermId Decisions::intern(const Term& term) {
  const TermId id = terms_.intern(term);
  if (id.index == known_.size())
    known_.push_back({.weight = weight(term), .asks_nothing = untrack::backends::bpf::asks_nothing(term)});
  return id;
}

Decisions::TermId Decisions::without(TermId id, Field field) {
  const auto at = static_cast<std::size_t>(field);
  if (!known_[id.index].without[at]) {
    Term rest = terms_[id];
    rest.in[at] = kEvery;
    const TermId made = intern(rest);
    known_[id.index].without[at] = made;
  }
  return *known_[id.index].without[at];
}

Decisions::TermId Decisions::without_block(TermId id) {
  if (!known_[id.index].without_block) {
    Term rest = terms_[id];
    rest.block = 0;
    const TermId made = intern(rest);
    known_[id.index].without_block = made;
  }
  return *known_[id.index].without_block;
}

// Leaves out what cannot decide any more: the terms behind one that takes every packet, repetitions, and at
// the end of the last stage those that say what would be anyway.
Decisions::ListId Decisions::intern(List list) {
  seen_.resize(terms_.size());
  ++lists_made_;
  List open;
  std::optional<std::uint32_t> skippable;  // the last block in which a term skips the rest for some packets
  std::optional<std::uint32_t> closed;     // the block whose other terms no packet gets to
  for (const TermId id : list) {
    const Term& term = terms_[id];
    if (term.block == closed || seen_[id.index] == lists_made_) continue;
    seen_[id.index] = lists_made_;
    const bool skips = term.outcome == Outcome::NextBlock, takes_all = known_[id.index].asks_nothing;
    if (takes_all) closed = term.block;
    if (skips && takes_all) continue;
    open.push_back(id);
    if (takes_all && term.block != skippable) break;
    if (skips) skippable = term.block;
  }
  while (!open.empty()) {
    const Outcome last = terms_[open.back()].outcome;
    const bool idle = last == Outcome::NextBlock || (last == Outcome::Track && behind_ == Behind::Nothing);
    if (!idle) break;
    open.pop_back();
  }
  if (!skippable) {
    // Blocks say nothing where no term skips the rest of one.
    for (TermId& id : open) id = without_block(id);
  }
  std::size_t weight = 0;
  for (const TermId id : open) weight += known_[id.index].weight;
  const ListId id = lists_.intern(std::move(open));
  if (id.index == list_weights_.size()) {
    list_weights_.push_back(weight);
    for (auto& each : references_) each.emplace_back();
    counted_.push_back(0);
  }
  return id;
}

// ---- cutting a list by a field

// What is left of one list in each interval of one field.
class Decisions::Splitting {
 public:
  Splitting(Decisions& all, ListId list, Field field) : all_(all), list_(all.lists_[list]), field_(field) {
    for (std::uint32_t i = 0; i < list_.size(); ++i) {
      if (!asks(all_.terms_[list_[i]], field)) always_.push_back(i);
    }
  }

  // `among`: those of the terms that ask for the field which take the interval, ascending.
  std::optional<ListId> rest(const std::vector<std::uint32_t>& among) {
    if (among.size() > 1) {
      const auto known = many_.find(among);
      return known != many_.end() ? known->second : remember(many_[among], among);
    }
    if (one_.empty()) one_.resize(list_.size() + 1);
    std::optional<ListId>& known = one_[among.empty() ? list_.size() : among.front()];
    return known ? known : remember(known, among);
  }

 private:
  std::optional<ListId> remember(std::optional<ListId>& place, const std::vector<std::uint32_t>& among) {
    List rest;
    std::optional<std::uint32_t> skippable;
    auto a = always_.begin();
    auto b = among.begin();
    while (a != always_.end() || b != among.end()) {
      const bool asked = a == always_.end() || (b != among.end() && *b < *a);
      const TermId id = asked ? all_.without(list_[*b++], field_) : list_[*a++];
      rest.push_back(id);
      const Term& term = all_.terms_[id];
      if (term.outcome == Outcome::NextBlock) {
        skippable = term.block;
      } else if (all_.known_[id.index].asks_nothing && term.block != skippable) {
        break;
      }
    }
    if (!all_.spend(rest.size())) return std::nullopt;
    return place = all_.intern(std::move(rest));
  }

  struct Hash {
    std::size_t operator()(const std::vector<std::uint32_t>& positions) const {
      WordHash hash;
      for (const std::uint32_t each : positions) hash.add(std::uint64_t{each});
      return hash.value();
    }
  };
  Decisions& all_;
  const List& list_;
  Field field_;
  std::vector<std::uint32_t> always_;       // terms that do not ask for the field
  std::vector<std::optional<ListId>> one_;  // the rest where one term that asks takes the interval, or none
  std::unordered_map<std::vector<std::uint32_t>, std::optional<ListId>, Hash> many_;
};

namespace {

// Where a term begins or ceases to take keys.
struct Edge {
  Key key = 0;
  std::uint32_t term = 0;  // by its place in the list
  bool begins = false;
};

void cross(const Edge& edge, std::vector<std::uint32_t>& among) {
  const auto place = std::ranges::lower_bound(among, edge.term);
  if (edge.begins) {
    among.insert(place, edge.term);
  } else {
    among.erase(place);
  }
}

}  // namespace

// Nothing if the weight comes to more than `most`, or the budget runs out.
std::optional<Decisions::Split> Decisions::split(ListId list, Field field, std::size_t most) {
  std::vector<Edge> edges;
  std::size_t asking = 0;
  for (std::uint32_t i = 0; i < lists_[list].size(); ++i) {
    const KeySetId set = terms_[lists_[list][i]].in[static_cast<std::size_t>(field)];
    if (set == kEvery) continue;
    ++asking;
    for (const Range& range : sets_[set]) {
      edges.push_back({range.first, i, true});
      if (range.last != max_key(field, sets_.version())) edges.push_back({range.last + 1, i, false});
    }
  }
  if (edges.size() > most || !spend(edges.size())) return std::nullopt;
  if (asking > 1) std::ranges::sort(edges, {}, &Edge::key);
  Splitting splitting(*this, list, field);
  Split result{.field = field, .first = {}, .lists = {}, .weight = 0};
  ++splits_made_;
  std::vector<std::uint32_t> among;
  std::size_t next = 0;
  for (Key key = 0;;) {
    // What ends here first: a term may end and begin again at once.
    const std::size_t from = next;
    while (next < edges.size() && edges[next].key == key) ++next;
    for (const bool begins : {false, true}) {
      for (std::size_t i = from; i < next; ++i) {
        if (edges[i].begins == begins) cross(edges[i], among);
      }
    }
    const std::optional<ListId> rest = splitting.rest(among);
    if (!rest) return std::nullopt;
    if (std::exchange(counted_[rest->index], splits_made_) != splits_made_)
      result.weight += list_weights_[rest->index];
    if (result.lists.empty() || result.lists.back() != *rest) {
      result.first.push_back(key);
      result.lists.push_back(*rest);
      ++result.weight;
    }
    if (result.weight > most) return std::nullopt;
    if (next == edges.size()) return result;
    key = edges[next].key;
  }
}

// By the field that repeats least of what is left.
std::optional<Decisions::Split> Decisions::best_split(ListId list) {
  std::array<bool, kFields> asked{};
  for (const TermId id : lists_[list]) {
    for (const Field field : kFieldsByPromise)
      asked[static_cast<std::size_t>(field)] |= asks(terms_[id], field);
  }
  std::optional<Split> best;
  for (const Field field : kFieldsByPromise) {
    if (!asked[static_cast<std::size_t>(field)]) continue;
    std::optional<Split> found =
        split(list, field, best ? best->weight - 1 : std::numeric_limits<std::size_t>::max());
    if (found) best = std::move(found);
  }
  return best;
}

std::optional<Reference> Decisions::build(ListId list) {
  const std::optional<Reference> known = references_[static_cast<std::size_t>(behind_)][list.index];
  if (known) return known;
  const std::optional<Reference> made = decide(list);
  return references_[static_cast<std::size_t>(behind_)][list.index] = made;
}

std::optional<Reference> Decisions::decide(ListId list) {
  if (lists_[list].empty()) return Reference();
  const Term& first = terms_[lists_[list].front()];
  if (asks_nothing(first)) return Reference(end_of(first.outcome));
  const std::optional<Split> split = best_split(list);
  if (!split) return std::nullopt;
  Decision decision{split->field, {}, {}};
  for (std::size_t i = 0; i < split->lists.size(); ++i) {
    const std::optional<Reference> reference = build(split->lists[i]);
    if (!reference) return std::nullopt;
    if (!decision.references.empty() && decision.references.back() == *reference) continue;
    decision.first.push_back(split->first[i]);
    decision.references.push_back(*reference);
  }
  if (decision.references.size() == 1) return decision.references.front();
  return Reference::to(decisions_.intern(std::move(decision)).index);
}

std::optional<Reference> Decisions::build(std::span<const Term> terms, Behind behind, std::size_t budget) {
  behind_ = behind;
  budget_ = budget;
  List list;
  for (const Term& term : terms) list.push_back(intern(term));
  return build(intern(std::move(list)));
}

}  // namespace untrack::backends::bpf
