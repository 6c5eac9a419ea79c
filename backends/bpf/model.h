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

constexpr Key max_key(Field field, ir::IpVersion version) {
  switch (field) {
    case Field::Source:
    case Field::Destination: return ir::max_address(version);
    case Field::SourcePort:
    case Field::DestinationPort:
    case Field::Icmp: return 0xffff;
    case Field::Protocol: return 0xff;
  }
  return 0;
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
  friend constexpr auto operator<=>(Reference, Reference) = default;

 private:
  static constexpr std::uint32_t kEnd = 0x80000000;
  constexpr explicit Reference(std::uint32_t bits) : bits_(bits) {}
  std::uint32_t bits_ = kEnd;
};

enum class Kind : std::uint8_t { Direct = 1, Search = 2, WideSearch = 3 };

// Direct: the reference of the number that `bits` of the key are, above `shift`. A search: that of the
// greatest `first` that is not above the key; wide, for addresses of IPv6.
struct Node {
  Kind kind = Kind::Direct;
  Field field = Field::Source;
  std::uint8_t shift = 0, bits = 0;
  std::vector<Key> first;  // searches: one for each reference, the first of them 0, ascending
  std::vector<Reference> references;
  friend bool operator==(const Node&, const Node&) = default;
};

inline constexpr std::size_t kStages = 4;
inline constexpr std::size_t kMostReferences = std::size_t{1} << 20;  // in a node
inline constexpr std::size_t kMostNodesOnAWay = 32;                   // in all stages together
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
