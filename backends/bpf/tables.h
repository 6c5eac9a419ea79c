// Decisions -> nodes: which kind of table answers each, and at what size.
#pragma once
#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "backends/bpf/decisions.h"
#include "backends/bpf/model.h"
#include "support/interner.h"

namespace untrack::backends::bpf {

// The nodes of one image; equal ones are one. No packet's way has more than two of them for a decision, hence
// kMostNodesOnAWay at most: four fields in each of four stages.
class Tables {
 public:
  explicit Tables(std::size_t most_bytes) : most_bytes_(most_bytes) {}
  // Nothing if a table or all of them together are larger than an image may hold. In place of Next stands
  // `otherwise`: Track, where no other stage is worth the way.
  std::optional<Reference> add(const Decisions& decisions, ir::IpVersion version, Reference root,
                               End otherwise);
  std::vector<Node> take() &&;

 private:
  struct NodeHash {
    std::size_t operator()(const Node& node) const;
  };
  // What a decision says of the keys from one on, up to the next.
  struct Run {
    Key first;
    Reference reference;
  };
  using Runs = std::vector<Run>;

  Reference node(Node node);
  Reference search(Field field, Kind kind, const Runs& runs);
  Reference direct(Field field, int shift, int bits, const Runs& runs, std::size_t direct_from);
  Reference table(Field field, ir::IpVersion version, const Runs& runs);

  Interner<Node, Id<struct NodeTag>, NodeHash> nodes_;
  // By IP version, whether Next becomes Track, and decision.
  std::array<std::array<std::vector<std::optional<Reference>>, 2>, 2> known_;
  std::size_t most_bytes_, bytes_ = kHeaderBytes;
  bool too_large_ = false;
};

}  // namespace untrack::backends::bpf
