// Replies. In flow coordinates a reply has the addresses and ports of its request; only ICMP types differ.
#include <unordered_map>
#include <utility>

#include "ir/packet_space_impl.h"

namespace untrack::ir {

// Everything but ICMP messages that no message answers.
static PacketSet answerable(PacketSpace& space) {
  PacketSet unanswered = space.nothing();
  for (const IpVersion version : kIpVersions) {
    PacketSet of_version = space.nothing();
    for (unsigned number = 0; number <= 255; ++number) {
      const auto type = static_cast<std::uint8_t>(number);
      if (!icmp_reply_type(version, type))
        of_version = space.unite(of_version, space.icmp(type, type, 0, 255));
    }
    unanswered = space.unite(unanswered, space.intersect(space.version(version), of_version));
  }
  return space.complement(unanswered);
}

// Exchanges the ICMP types of requests and replies in a diagram below the version.
class TypeExchange {
 public:
  TypeExchange(Diagram& diagram, IpVersion version) : diagram_(diagram), version_(version) {}

  DiagramNode operator()(DiagramNode node) {
    if (Diagram::is_leaf(node) || diagram_.field(node) > Field::IcmpType) return node;
    if (const auto known = done_.find(node); known != done_.end()) return known->second;
    const DiagramNode exchanged = diagram_.field(node) == Field::IcmpType ? types(node) : children(node);
    done_.emplace(node, exchanged);
    return exchanged;
  }

 private:
  DiagramNode types(DiagramNode node) {
    std::vector<Diagram::Edge> edges;
    for (unsigned type = 0; type <= 255; ++type) {
      const auto answered = icmp_reply_type(version_, static_cast<std::uint8_t>(type));
      edges.push_back({type, answered ? diagram_.child(node, diagram_.edge_at(node, *answered)) : kOutside});
    }
    return diagram_.make(Field::IcmpType, edges);
  }

  DiagramNode children(DiagramNode node) {
    std::vector<Diagram::Edge> edges;
    edges.reserve(diagram_.edge_count(node));
    for (std::size_t i = 0; i < diagram_.edge_count(node); ++i) {
      edges.push_back({diagram_.first_key(node, i), (*this)(diagram_.child(node, i))});
    }
    return diagram_.make(diagram_.field(node), edges);
  }

  Diagram& diagram_;
  IpVersion version_;
  std::unordered_map<DiagramNode, DiagramNode> done_;
};

PacketSet PacketSpace::replies_of(PacketSet a) {
  Diagram& diagram = impl_->diagram;
  if (!impl_->answerable) impl_->answerable = answerable(*this);
  const DiagramNode requests = intersect(a, *impl_->answerable).map.node;
  std::vector<Diagram::Edge> edges;
  for (const IpVersion version : kIpVersions) {
    const AddressBits key = version_key(version);
    const bool splits = !Diagram::is_leaf(requests) && diagram.field(requests) == Field::Version;
    const DiagramNode child = splits ? diagram.child(requests, diagram.edge_at(requests, key)) : requests;
    edges.push_back({key, TypeExchange(diagram, version)(child)});
  }
  return {PacketMap{diagram.make(Field::Version, edges)}};
}

}  // namespace untrack::ir
