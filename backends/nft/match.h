// One ir::Match as alternatives of nft conditions, for packets of one class and one IP version.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include "backends/nft/model.h"

namespace untrack::backends::nft {

// Packets are told apart by the header that their rules may look into. A port or ICMP expression then never
// meets a packet without that header, where nft would take payload for ports or let a negated match fail.
enum class HeaderClass : std::uint8_t {
  Tcp,  // with a readable header, as the next two
  Udp,
  Sctp,
  Icmp,  // ICMP of the packet's own IP version with a readable header
  Bare   // all others: later fragments, cut-off packets, other protocols
};
constexpr bool has_ports(HeaderClass c) {
  return c == HeaderClass::Tcp || c == HeaderClass::Udp || c == HeaderClass::Sctp;
}
// The protocol that all packets of the class have; nothing for Bare.
std::optional<ir::Protocol> protocol_of(HeaderClass header_class, ir::IpVersion version);

// Where the lowering keeps sets; gives back the set itself if it is small, else its name.
class SetStore {
 public:
  explicit SetStore(const ir::Ruleset& ruleset, bool with_comments)
      : ruleset_(ruleset), with_comments_(with_comments) {}
  // Disjoint ways to be in the set. A way has no side yet.
  std::vector<AddressIn> addresses(ir::AddressSetId id, ir::IpVersion version);
  std::variant<InlineSockets, SetName> sockets(ir::SocketSetId id, ir::IpVersion version);
  SetName ports(const ir::PortSet& ports);
  std::string comment(ir::AddressSetId id) const;  // where the set comes from; may be empty
  const ir::Ruleset& ruleset() const { return ruleset_; }
  std::vector<Set> take() { return std::move(sets_); }

 private:
  void add(Set set);
  const ir::Ruleset& ruleset_;
  bool with_comments_;
  std::vector<Set> sets_;  // by first use
  std::set<SetName> known_;
  std::map<std::vector<ir::PortRange>, SetName> port_sets_;
};

// A packet of the class and version matches if all conditions of one alternative hold; no packet is in two
// alternatives (a log rule would log it twice). No alternative: nothing matches. Class Bare may be asked for
// packets of every class if `match` has no port and no ICMP condition.
std::vector<Conditions> alternatives(SetStore& sets, const ir::Match& match, ir::IpVersion version,
                                     HeaderClass header_class);

}  // namespace untrack::backends::nft
