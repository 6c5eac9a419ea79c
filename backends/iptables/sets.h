// The sets of one artifact: made on first use, shared by content.
#pragma once
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "backends/iptables/model.h"

namespace untrack::backends::iptables {

class SetStore {
 public:
  SetStore(const ir::Ruleset& ruleset, bool with_comments)
      : ruleset_(ruleset), with_comments_(with_comments) {}

  // Each gives the set's name. What is asked for must not be empty.
  std::string addresses(ir::AddressSetId id, ir::IpVersion version);
  std::string tcp_udp_ports(const ir::PortSet& ports);
  std::string sctp_ports(const ir::PortSet& ports, ir::IpVersion version);
  std::string icmp(const ir::IcmpMatch& icmp, ir::IpVersion version);
  std::string sockets(ir::SocketSetId id, ir::IpVersion version);
  std::string nets(std::span<const ir::Cidr> prefixes, ir::IpVersion version, std::string origin = "");
  // Of the range, the slots in which a prefix lies.
  std::string slots(const ir::Cidr& range, int slot_bits, std::span<const ir::Cidr> prefixes);
  std::string services(const HashNetPort& elements, ir::IpVersion version);

  // The sockets that packets can have: of a protocol with ports.
  std::vector<ir::SocketAddress> members(ir::SocketSetId id, ir::IpVersion version) const;
  const ir::Ruleset& ruleset() const { return ruleset_; }
  std::vector<Set> take() { return std::move(sets_); }

 private:
  std::string add(Set set);
  const ir::Ruleset& ruleset_;
  bool with_comments_;
  std::vector<Set> sets_;  // by first use
  std::set<std::string> known_;
};

}  // namespace untrack::backends::iptables
