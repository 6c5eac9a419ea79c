// Decisions -> nodes: how each finds the interval of a key.
#pragma once
#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "backends/bpf/decisions.h"
#include "backends/bpf/model.h"
#include "support/interner.h"

namespace untrack::backends::bpf {

// The nodes of one image, one for each decision; equal ones are one.
class Tables {
 public:
  explicit Tables(std::size_t most_bytes) : most_bytes_(most_bytes) {}
  // Nothing if a node or all of them together are larger than an image may hold. In place of Next stands
  // `otherwise`: Track, where no other stage is worth the way.
  std::optional<Reference> add(const Decisions& decisions, ir::IpVersion version, Reference root,
                               End otherwise);
  std::vector<Node> take() &&;

 private:
  struct NodeHash {
    std::size_t operator()(const Node& node) const;
  };
  std::optional<Reference> node(Node node);

  Interner<Node, Id<struct NodeTag>, NodeHash> nodes_;
  // By IP version, whether Next becomes Track, and decision.
  std::array<std::array<std::vector<std::optional<Reference>>, 2>, 2> known_;
  std::size_t most_bytes_, bytes_ = kHeaderBytes;
};

}  // namespace untrack::backends::bpf
