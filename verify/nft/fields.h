// What the kernel finds where a field should be, for every packet (docs/verify.md, "What nft reads").
#pragma once
#include <string_view>

#include "ir/packet_space.h"
#include "verify/compose.h"
#include "verify/nft/ast.h"

namespace untrack::verify::nft {

class Fields {
 public:
  // `marked`: the packets that come with Script::tested_mark.
  Fields(Composer& composer, ir::Direction direction, std::string_view interface_name, Hits marked);

  // The packets for which the field is loaded and has one of these values; `possible` where bytes that are no
  // such field are compared. A packet for which the load fails is in neither: the kernel leaves the rule
  // (NFT_BREAK), also from a negated comparison.
  Hits in(const Field& field, const Ranges& values);
  Hits loaded(const Field& field) { return in(field, Ranges::all(field.bits)); }

  // What nft tests by itself before it loads the field: `tcp dport` is loaded for tcp only. `known` is the
  // protocol that an equality in the same rule has settled.
  Hits dependency(const Field& field, std::optional<ir::Protocol> known);

 private:
  Hits in_unmasked(Quantity quantity, const Ranges& values);
  ir::PacketSet protocols(const Ranges& numbers);
  ir::PacketSet addresses(ir::IpVersion version, ir::End end, const Ranges& values);
  Hits interface(ir::Direction direction, const Ranges& values);
  Hits next_header(const Ranges& values);
  Hits fragment_offset_v4(const Ranges& values);
  Hits fragment_offset_v6(const Ranges& values);
  Hits fragment_header(const Ranges& values);
  Hits ports(ir::End end, const Ranges& values);
  Hits icmp(bool type, const Ranges& values);
  Hits mark_bit(const Ranges& values);
  Hits raw(const Field& field, const Ranges& values);
  Hits transport_bytes(ir::PacketSet exact, ir::PacketSet readable, const Ranges& values);

  Composer& composer_;
  ir::PacketSpace& space_;
  ir::Direction direction_;
  Number name_;
  Hits marked_;
};

}  // namespace untrack::verify::nft
