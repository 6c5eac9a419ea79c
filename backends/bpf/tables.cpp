#include "backends/bpf/tables.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "backends/bpf/print.h"
#include "backends/bpf/word_hash.h"

namespace untrack::backends::bpf {

// What a kind is chosen by: how many lines of 64 bytes a packet touches, since tables together are larger
// than the nearest cache, and what the table takes. Figures are of tests/bench/packets, one run each.
//
// A search of so many intervals lies in two or three lines.
static constexpr std::size_t kFewNets = 32, kFewPorts = 8;
// A directory: a line for the place and mostly one for the keys in it. It has as many places as keys, or up
// to twice as many; with four times as many, 1000 nets cost 583 ns in place of 582.
static constexpr int kMostDirectoryBits = 16;
// A rank node: a line for the word, one for the reference, and no branch; 1000 services cost 625 ns, with a
// directory 638, 100 services 596 and 604. But it takes 16 KiB, and mixed rules may have a thousand of them:
// 6000 come to 7 MB with this bound, and to 23 with half of it.
static constexpr std::size_t kManyPorts = 256;

std::size_t Tables::NodeHash::operator()(const Node& node) const {
  WordHash hash;
  hash.add(static_cast<std::uint64_t>(node.kind) << 16 | static_cast<std::uint64_t>(node.field) << 8 |
           node.bits);
  for (const Key first : node.first) hash.add(first);
  for (const Reference each : node.references) hash.add(std::uint64_t{each.bits()});
  return hash.value();
}

std::optional<Reference> Tables::node(Node node) {
  const std::size_t size = size_in_bytes(node), count = nodes_.size();
  // A place of a directory has 65,536 keys at most, or there are few first keys in all.
  if (node.kind == Kind::WideSearch && node.first.size() > kMostSearched) return std::nullopt;
  const Reference reference = Reference::to(nodes_.intern(std::move(node)).index);
  if (nodes_.size() > count) bytes_ += size;
  return bytes_ > most_bytes_ ? std::nullopt : std::optional(reference);
}

static Kind kind_for(Field field, ir::IpVersion version, std::size_t intervals) {
  switch (field) {
    case Field::Source:
    case Field::Destination:
      if (version == ir::IpVersion::V6) return Kind::WideSearch;
      return intervals <= kFewNets ? Kind::Search : Kind::Directory;
    case Field::SourcePort:
    case Field::DestinationPort:
    case Field::Icmp:
      if (intervals <= kFewPorts) return Kind::Search;
      return intervals < kManyPorts ? Kind::Directory : Kind::Rank;
    case Field::Protocol: return Kind::Search;
  }
  return Kind::Search;
}

// Whether the first two stand for all.
static bool alternate(const std::vector<Reference>& references) {
  for (std::size_t i = 2; i < references.size(); ++i) {
    if (references[i] != references[i - 2]) return false;
  }
  return references.size() > 2;
}

std::optional<Reference> Tables::add(const Decisions& decisions, ir::IpVersion version, Reference root,
                                     End otherwise) {
  if (root.is_end()) return root.end() == End::Next ? Reference(otherwise) : root;
  auto& known = known_[version == ir::IpVersion::V6][otherwise == End::Track];
  known.resize(std::max(known.size(), decisions.size()));
  if (known[root.node()]) return known[root.node()];
  const Decision& decision = decisions[root];
  Node made{.field = decision.field};
  made.first.reserve(decision.first.size());
  made.references.reserve(decision.references.size());
  for (std::size_t i = 0; i < decision.references.size(); ++i) {
    const std::optional<Reference> reference = add(decisions, version, decision.references[i], otherwise);
    if (!reference) return std::nullopt;
    if (!made.references.empty() && made.references.back() == *reference) continue;
    if (!made.references.empty()) made.first.push_back(decision.first[i]);
    made.references.push_back(*reference);
  }
  if (made.references.size() == 1) return known[root.node()] = made.references.front();
  made.kind = kind_for(made.field, version, made.intervals());
  if (made.kind == Kind::Directory)
    made.bits = static_cast<std::uint8_t>(
        std::min(kMostDirectoryBits, static_cast<int>(std::bit_width(made.first.size()))));
  if (alternate(made.references)) made.references.resize(2);
  return known[root.node()] = node(std::move(made));
}

std::vector<Node> Tables::take() && {
  return {nodes_.begin(), nodes_.end()};
}

}  // namespace untrack::backends::bpf
