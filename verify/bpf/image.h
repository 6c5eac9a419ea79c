// The image of one interface, docs/bpf.md ("The image"): the tables that the classifier in the kernel walks.
//
// What parse_image returns has every property that the page promises. Nodes are in the order of the file, so
// a node refers to nodes before it only.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ir/address.h"
#include "verify/ranges.h"
#include "verify/reading.h"

namespace untrack::verify::bpf {

enum class Decision : std::uint8_t { Next, Untrack, Drop, Track };

// An end of the way through one stage, or a node by its number.
class Reference {
 public:
  constexpr Reference() = default;  // Decision::Next
  constexpr explicit Reference(Decision decision) : value_(kEnd | static_cast<std::uint32_t>(decision)) {}
  constexpr explicit Reference(std::uint32_t node) : value_(node) {}
  constexpr bool is_end() const { return (value_ & kEnd) != 0; }
  constexpr Decision decision() const { return static_cast<Decision>(value_ & ~kEnd); }  // of an end
  constexpr std::uint32_t node() const { return value_; }                                // of any other
  friend constexpr auto operator<=>(Reference, Reference) = default;

 private:
  static constexpr std::uint32_t kEnd = 0x80000000;
  std::uint32_t value_ = kEnd;
};

enum class Kind : std::uint8_t { Search = 1, WideSearch = 2, Directory = 3, Rank = 4 };
enum class Field : std::uint8_t { Source, Destination, SourcePort, DestinationPort, Icmp, Protocol };
inline constexpr std::size_t kFields = 6;
constexpr bool is_address(Field field) {
  return field <= Field::Destination;
}

// Keys are divided into intervals, whatever the kind of table that finds the one of a key.
struct Node {
  Kind kind = Kind::Search;
  Field field = Field::Source;
  bool alternates = false;      // two references, by turns
  int bits = 0;                 // of a directory
  std::uint32_t count = 0;      // of intervals
  std::uint32_t reference = 0;  // place of the first one in Image::references
  std::uint32_t first = 0;      // of the first key of interval 1, in Image::keys or wide_keys
  // The IP version of the addresses that a node on an address tests.
  ir::IpVersion version() const { return kind == Kind::WideSearch ? ir::IpVersion::V6 : ir::IpVersion::V4; }
  int key_bits() const;
  std::uint32_t references() const { return alternates ? 2 : count; }
  friend bool operator==(const Node&, const Node&) = default;
};

inline constexpr std::size_t kStages = 4;
enum class Class : std::uint8_t { Bare, Tcp, Udp, Sctp, Icmp };
inline constexpr std::size_t kClasses = 5;
// Where a walk begins: by IP version (IPv4, IPv6), stage and class.
using Roots = std::array<std::array<std::array<Reference, kClasses>, kStages>, 2>;

struct Image {
  MarkBit mark = 0;
  std::string interface_name;
  struct Hook {
    bool has_policy = false;
    Roots roots;
    friend bool operator==(const Hook&, const Hook&) = default;
  };
  Hook ingress, egress;
  std::vector<Node> nodes;
  std::vector<Reference> references;
  std::vector<std::uint32_t> keys;
  std::vector<Number> wide_keys;
  friend bool operator==(const Image&, const Image&) = default;

  const Hook& hook(ir::Direction direction) const {
    return direction == ir::Direction::Ingress ? ingress : egress;
  }
  // Of an interval.
  Reference reference(const Node& node, std::uint32_t interval) const {
    return references[node.reference + (node.alternates ? interval % 2 : interval)];
  }
  Number first(const Node& node, std::uint32_t interval) const {
    if (interval == 0) return 0;
    const std::uint32_t at = node.first + interval - 1;
    return node.kind == Kind::WideSearch ? wide_keys[at] : keys[at];
  }
};

inline constexpr std::string_view kMagic = "UNTRKBPF";

// Throws Refused.
Image parse_image(std::string_view bytes);

}  // namespace untrack::verify::bpf
