// What the kernel makes of one match, for every packet (docs/verify.md, "What iptables reads").
#pragma once
#include <string_view>

#include "verify/compose.h"
#include "verify/iptables/files.h"

namespace untrack::verify::iptables {

// Packets are taken, or not, or dropped at once (`hotdrop`): a match that cannot read its header says that.
struct Test {
  Hits taken, dropped;
};

class Matches {
 public:
  Matches(Composer& composer, const IpSets& sets, ir::IpVersion version, ir::Direction direction,
          std::string_view interface_name, const Programs& programs);

  // Only packets of the file's IP version are asked about.
  Test test(const Match& match);

 private:
  Test plain(ir::PacketSet set, bool negated);
  Test perhaps(std::optional<ir::PacketSet> set);
  Test address(const AddressMatch& match);
  Test interface(const InterfaceMatch& match);
  Test header(const HeaderMatch& match);
  Test multiport(const MultiportMatch& match);
  Test icmp(const IcmpMatch& match);
  Test set(const SetMatch& match);
  Test program(const ProgramMatch& match);

  ir::End end(bool source) const {
    return source ? ir::source_end(direction_) : ir::destination_end(direction_);
  }
  ir::PacketSet addresses(bool source, const Ranges& ranges);
  ir::PacketSet whole_header();  // of a protocol with ports
  ir::PacketSet cut_off(ir::Protocol protocol);
  Hits found(const IpSet& set, const std::vector<bool>& source);
  Hits port_key(bool source, const Ranges& values);
  Hits bitmap_port(bool source, const Ranges& values);

  Composer& composer_;
  ir::PacketSpace& space_;
  const IpSets& sets_;
  ir::IpVersion version_;
  ir::Direction direction_;
  Number name_;
  const Programs& programs_;
};

}  // namespace untrack::verify::iptables
