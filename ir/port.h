// Transport ports, in host order.
#pragma once
#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace untrack::ir {

using Port = std::uint16_t;

struct PortRange {
  Port first = 0;
  Port last = 0;  // inclusive; never below `first`
  friend constexpr auto operator<=>(const PortRange&, const PortRange&) = default;
};

// A set of ports: ranges sorted, disjoint and not adjacent, so equal sets compare equal.
class PortSet {
 public:
  PortSet() = default;
  explicit PortSet(std::vector<PortRange> ranges);  // in any order, overlapping or not

  const std::vector<PortRange>& ranges() const { return ranges_; }
  bool empty() const { return ranges_.empty(); }
  bool contains(Port port) const;
  std::uint32_t count() const;    // how many ports, 0..65536
  std::string to_string() const;  // `80,443,8000:8080`; empty text for the empty set

  friend auto operator<=>(const PortSet&, const PortSet&) = default;

 private:
  std::vector<PortRange> ranges_;
};

}  // namespace untrack::ir
