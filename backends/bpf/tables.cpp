#include "backends/bpf/tables.h"

#include <algorithm>
#include <bit>
#include <utility>

#include <llvm/ADT/Hashing.h>

#include "backends/bpf/print.h"

namespace untrack::backends::bpf {

// Up to here a search is as fast as a table (a step costs about what a look into memory does), and smaller.
static constexpr std::size_t kShortSearch = 8, kSearchInTable = 4;
// From so many ports on one table of all of them is worth its 256 KiB: one look, and a page of 256 ports may
// be no smaller.
static constexpr std::size_t kManyPorts = 2048;
// An address: up to 5 steps of a search. Then a table by the upper bits, with several places for each
// interval, so that most of them are alone there.
static constexpr std::size_t kFewNets = 32;
static constexpr int kPlacesForEach = 2, kMostBits = 16;
static constexpr std::size_t kNever = ~std::size_t{0};

std::size_t Tables::NodeHash::operator()(const Node& node) const {
  std::size_t hash =
      llvm::hash_combine(static_cast<std::uint8_t>(node.kind), static_cast<std::uint8_t>(node.field),
                         node.shift, node.bits, node.references.size());
  for (const Key first : node.first)
    hash =
        llvm::hash_combine(hash, static_cast<std::uint64_t>(first), static_cast<std::uint64_t>(first >> 64));
  for (const Reference each : node.references) {
    hash = llvm::hash_combine(hash, each.is_end(),
                              each.is_end() ? static_cast<std::size_t>(each.end()) : each.node());
  }
  return hash;
}

Reference Tables::node(Node node) {
  if (node.references.size() > kMostReferences) too_large_ = true;
  if (too_large_) return Reference();
  const std::size_t size = size_in_bytes(node), count = nodes_.size();
  const Reference reference = Reference::to(nodes_.intern(std::move(node)).index);
  if (nodes_.size() > count) bytes_ += size;
  too_large_ = bytes_ > most_bytes_;
  return reference;
}

Reference Tables::search(Field field, Kind kind, const Runs& runs) {
  if (runs.size() == 1) return runs.front().reference;
  Node made{.kind = kind, .field = field};
  for (const Run& run : runs) {
    made.first.push_back(made.first.empty() ? Key{0} : run.first);
    made.references.push_back(run.reference);
  }
  return node(std::move(made));
}

// By `bits` of the key above `shift`, the uppermost that keys have. What is behind a place is a search among
// the keys that lead there; from `direct_from` intervals on a table by the bits below.
Reference Tables::direct(Field field, int shift, int bits, const Runs& runs, std::size_t direct_from) {
  Node made{.kind = Kind::Direct,
            .field = field,
            .shift = static_cast<std::uint8_t>(shift),
            .bits = static_cast<std::uint8_t>(bits)};
  made.references.reserve(std::size_t{1} << bits);
  auto next = runs.begin();
  Reference current;
  for (Key place = 0; place >> bits == 0; ++place) {
    const Key begin = place << shift, end = (place + 1) << shift;
    if (next != runs.end() && next->first == begin) current = (next++)->reference;
    Runs inside = {{begin, current}};
    for (; next != runs.end() && next->first < end; ++next) {
      current = next->reference;
      inside.push_back(*next);
    }
    if (inside.size() < direct_from) {
      made.references.push_back(search(field, Kind::Search, inside));
    } else {
      for (Run& run : inside) run.first -= begin;
      made.references.push_back(direct(field, 0, shift, inside, kNever));
    }
  }
  return node(std::move(made));
}

Reference Tables::table(Field field, ir::IpVersion version, const Runs& runs) {
  switch (field) {
    case Field::Source:
    case Field::Destination: {
      if (version == ir::IpVersion::V6) return search(field, Kind::WideSearch, runs);
      if (runs.size() <= kFewNets) return search(field, Kind::Search, runs);
      const int bits = std::min(kMostBits, static_cast<int>(std::bit_width(runs.size())) + kPlacesForEach);
      return direct(field, ir::address_bits(version) - bits, bits, runs, kNever);
    }
    case Field::SourcePort:
    case Field::DestinationPort:
    case Field::Icmp:
      if (runs.size() <= kShortSearch) return search(field, Kind::Search, runs);
      if (runs.size() >= kManyPorts) return direct(field, 0, 16, runs, kNever);
      return direct(field, 8, 8, runs, kSearchInTable + 1);
    case Field::Protocol:
      if (runs.size() <= kShortSearch) return search(field, Kind::Search, runs);
      return direct(field, 0, 8, runs, kNever);
  }
  return Reference();
}

std::optional<Reference> Tables::add(const Decisions& decisions, ir::IpVersion version, Reference root,
                                     End otherwise) {
  if (root.is_end()) return root.end() == End::Next ? Reference(otherwise) : root;
  auto& known = known_[version == ir::IpVersion::V6][otherwise == End::Track];
  known.resize(std::max(known.size(), decisions.size()));
  if (known[root.node()]) return known[root.node()];
  const Decision& decision = decisions[root];
  Runs runs;
  for (std::size_t i = 0; i < decision.references.size(); ++i) {
    const std::optional<Reference> reference = add(decisions, version, decision.references[i], otherwise);
    if (!reference) return std::nullopt;
    if (runs.empty() || runs.back().reference != *reference) runs.push_back({decision.first[i], *reference});
  }
  const Reference made = table(decision.field, version, runs);
  if (too_large_) return std::nullopt;
  return known[root.node()] = made;
}

std::vector<Node> Tables::take() && {
  return {nodes_.begin(), nodes_.end()};
}

}  // namespace untrack::backends::bpf
