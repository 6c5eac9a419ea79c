// What an image says, typed: tables that lead from one to another, by one field of the packet each, and end
// in a verdict. The lowering builds it, the printer writes it down. Words and limits are those of
// docs/bpf.md.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "backends/backend.h"
#include "backends/bpf/ranges.h"
#include "ir/policy.h"

namespace untrack::backends::bpf {

enum class Field : std::uint8_t { Source, Destination, SourcePort, DestinationPort, Icmp, Protocol };
inline constexpr std::size_t kFields = 6;

// What of a packet can be read.
enum class Class : std::uint8_t { Bare, Tcp, Udp, Sctp, Icmp };
inline constexpr Class kClasses[] = {Class::Bare, Class::Tcp, Class::Udp, Class::Sctp, Class::Icmp};

constexpr int key_bits(Field field, ir::IpVersion version) {
  switch (field) {
    case Field::Source:
    case Field::Destination: return ir::address_bits(version);
    case Field::SourcePort:
    case Field::DestinationPort:
    case Field::Icmp: return 16;
    case Field::Protocol: return 8;
  }
  return 0;
}

constexpr Key max_key(Field field, ir::IpVersion version) {
  return ~Key{0} >> (128 - key_bits(field, version));
}

// Next: nothing is decided, the next stage is asked. Behind the last stage that is Track.
enum class End : std::uint8_t { Next, Untrack, Drop, Track };

// An end, or a node by its number.
class Reference {
 public:
  constexpr Reference() = default;  // Next
  constexpr Reference(End end) : bits_(kEnd | static_cast<std::uint32_t>(end)) {}
  static constexpr Reference to(std::size_t node) { return Reference(static_cast<std::uint32_t>(node)); }
  constexpr bool is_end() const { return (bits_ & kEnd) != 0; }
  constexpr End end() const { return static_cast<End>(bits_ & ~kEnd); }
  constexpr std::size_t node() const { return bits_; }
  constexpr std::uint32_t bits() const { return bits_; }  // for hashes
  friend constexpr auto operator<=>(Reference, Reference) = default;

 private:
  static constexpr std::uint32_t kEnd = 0x80000000;
  constexpr explicit Reference(std::uint32_t bits) : bits_(bits) {}
  std::uint32_t bits_ = kEnd;
};

enum class Kind : std::uint8_t { Search = 1, WideSearch = 2, Directory = 3, Rank = 4 };

// Intervals of keys, each with its reference. `first` are the keys at which one begins, but for the one at 0:
// ascending. Neighbours have different references; if they alternate, the first two stand for all.
struct Node {
  Kind kind = Kind::Search;
  Field field = Field::Source;
  std::uint8_t bits = 0;  // of a directory: upper bits of a key, by which it is ordered
  std::vector<Key> first;
  std::vector<Reference> references;
  std::size_t intervals() const { return first.size() + 1; }
  bool alternates() const { return references.size() != intervals(); }
  friend bool operator==(const Node&, const Node&) = default;
};

inline constexpr std::size_t kStages = 4;
inline constexpr std::size_t kMostSearched = (std::size_t{1} << 20) - 1;  // first keys, by one search
inline constexpr std::size_t kHeaderBytes = 368, kMostBytes = std::size_t{64} << 20;

// By stage.
using Roots = std::array<Reference, kStages>;

struct Image {
  std::string interface_name;
  MarkBit mark = 0;
  std::array<bool, 2> hooks{};  // whether there is a policy, by direction
  // By direction, IP version, class.
  std::array<std::array<std::array<Roots, std::size(kClasses)>, 2>, 2> roots{};
  std::vector<Node> nodes;  // each behind those that it refers to; all of them reachable
};

}  // namespace untrack::backends::bpf
