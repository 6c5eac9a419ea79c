#include "frontend/yaml/seats.h"

#include <algorithm>
#include <utility>

namespace untrack::frontend::yaml {

static std::pair<std::uint32_t, std::uint32_t> place(const Seat* seat) {
  const SourceSpan span = seat->node.span();
  return {span.begin, span.end};
}

static std::size_t count_seats(Node node) {
  std::size_t count = 1;
  for (std::size_t i = 0; i < node.size(); ++i)
    count += node.is_mapping() ? 1 + count_seats(node.value(i)) : count_seats(node.item(i));
  return count;
}

// The depth of a tree and its expanded size are bounded (frontend/yaml/composer.h).
void Seats::add(Node node) {
  const Seat* here = &seats_.back();
  for (std::size_t i = 0; i < node.size(); ++i) {
    if (node.is_mapping()) seats_.push_back({node.key(i), here, i, true});
    const Node below = node.is_mapping() ? node.value(i) : node.item(i);
    seats_.push_back({below, here, i, false});
    add(below);
  }
}

Seats::Seats(const SourceMap& sources, BufferId buffer) {
  Diagnostics unheard;
  documents_ = parse(sources, buffer, unheard);
  std::size_t count = 0;
  for (const Document& document : documents_) count += count_seats(document.root());
  seats_.reserve(count);  // seats point at each other
  for (const Document& document : documents_) {
    seats_.push_back({document.root()});
    add(document.root());
  }
  for (const Seat& seat : seats_) by_place_.push_back(&seat);
  std::ranges::stable_sort(by_place_, {}, place);
}

template <class Wanted>
const Seat* Seats::only_one(SourceSpan span, const Wanted& wanted) const {
  const auto here = std::ranges::equal_range(by_place_, std::pair(span.begin, span.end), {}, place);
  const Seat* found = nullptr;
  for (const Seat* seat : here) {
    if (!wanted(*seat)) continue;
    if (found) return nullptr;
    found = seat;
  }
  return found;
}

const Seat* Seats::value(SourceSpan span, NodeKind kind) const {
  return only_one(span, [&](const Seat& seat) { return !seat.is_key && seat.node.kind() == kind; });
}

const Seat* Seats::value(SourceSpan span) const {
  return only_one(span, [](const Seat& seat) { return !seat.is_key; });
}

const Seat* Seats::key(SourceSpan span) const {
  return only_one(span, [](const Seat& seat) { return seat.is_key; });
}

const Seat* Seats::mapping(const MappingPlace& place) const {
  const Seat* seat = value(place.node, NodeKind::Mapping);
  for (const std::string& key : place.path) {
    if (!seat) return nullptr;
    const auto below = seat->node.find(key);
    seat = below ? value(below->span(), NodeKind::Mapping) : nullptr;
  }
  if (!seat) return nullptr;
  for (std::size_t i = 0; i < seat->node.size(); ++i) {
    if (is_own_entry(seat->node, i) && !key(seat->node.key(i).span())) return nullptr;
  }
  return seat;
}

bool is_own_entry(Node mapping, std::size_t entry) {
  const SourceSpan whole = mapping.span(), key = mapping.key(entry).span();
  return whole.begin <= key.begin && key.end <= whole.end;
}

}  // namespace untrack::frontend::yaml
