// Ports that addresses alone tell apart further: thousands of services, each with the nets that may use it.
// One look says whether the port is any of theirs; one more, for address and port together, what becomes of
// the packet. A chain for each port would be as good in a cache; thousands of them do not fit into one.
#pragma once
#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "backends/nft/cells.h"
#include "backends/nft/chains.h"
#include "backends/nft/guard.h"

namespace untrack::backends::nft {

struct AddressLookup {
  std::string name;  // of tables and chains, or what their names begin with
  Side side = Side::Source;
  Side port_side = Side::Destination;
};

struct ServicePorts {
  std::vector<ir::PortRange> ports;
  ClassLowering* lowering = nullptr;  // of the only protocol, if its list has a head
  // What packets of each protocol meet; those of a protocol without a list go on.
  std::array<std::optional<AddressList>, kPortProtocols> lists;
};

// For each of the ports what to do with them; nothing where they are better told apart in chains of their
// own.
std::vector<std::optional<PortElement>> add_services(Program& program, const AddressLookup& lookup,
                                                     const Guard& guard,
                                                     std::span<const ServicePorts> services);

}  // namespace untrack::backends::nft
