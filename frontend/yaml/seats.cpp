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
static void add(std::vector<Seat>& seats, Node node) {
  const Seat* here = &seats.back();
  for (std::size_t i = 0; i < node.size(); ++i) {
    if (node.is_mapping()) seats.push_back({node.key(i), here, i, true});
    const Node below = node.is_mapping() ? node.value(i) : node.item(i);
    seats.push_back({below, here, i, false});
    add(seats, below);
  }
}

// What could not be read is in the text and not in the tree: it would come to light with a change, or be
// lost.
static bool all_in_tree(const Diagnostics& mistakes) {
  return std::ranges::all_of(mistakes.in_order(),
                             [](const Diagnostic* mistake) { return mistake->cure.has_value(); });
}

Seats::Seats(const SourceMap& sources, BufferId buffer) : sources_(sources) {
  Diagnostics unheard;
  spans_ = divide(sources, buffer, unheard);
  parts_.resize(spans_.size());
}

const Seats::Part& Seats::part(std::size_t index) const {
  if (parts_[index]) return *parts_[index];
  Diagnostics mistakes;
  auto part = std::make_unique<Part>();
  part->documents = parse_part(sources_, spans_[index], mistakes).documents;
  if (!all_in_tree(mistakes)) part->documents.clear();
  std::size_t count = 0;
  for (const Document& document : part->documents) count += count_seats(document.root());
  part->seats.reserve(count);  // seats point at each other
  for (const Document& document : part->documents) {
    part->seats.push_back({document.root()});
    add(part->seats, document.root());
  }
  for (const Seat& seat : part->seats) part->by_place.push_back(&seat);
  std::ranges::stable_sort(part->by_place, {}, place);
  return *(parts_[index] = std::move(part));
}

// A node at the very end of the buffer, where nothing is written, is of the last part.
const Seats::Part& Seats::part_with(std::uint32_t offset) const {
  static const Part kNothing;
  const auto behind = std::ranges::upper_bound(spans_, offset, {}, &SourceSpan::begin);
  if (behind == spans_.begin()) return kNothing;
  return part(static_cast<std::size_t>(behind - spans_.begin()) - 1);
}

bool Seats::any_of(llvm::function_ref<bool(const Seat&)> will_do) const {
  for (std::size_t index = 0; index < spans_.size(); ++index) {
    if (std::ranges::any_of(part(index).seats, will_do)) return true;
  }
  return false;
}

template <class Wanted>
const Seat* Seats::only_one(SourceSpan span, const Wanted& wanted) const {
  const auto here =
      std::ranges::equal_range(part_with(span.begin).by_place, std::pair(span.begin, span.end), {}, place);
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
