// Which of many lists of ports hold a port: the ports fall into classes that are in the same lists.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ir/port.h"

namespace untrack::backends::iptables {

struct PortClass {
  ir::PortRange ports;
  std::vector<std::uint32_t> lists;  // by index, ascending; never empty
};

// Ascending; ports in no list are left out. Nothing if all the classes together name more than `most` lists.
std::optional<std::vector<PortClass>> port_classes(std::span<const ir::PortSet> lists, std::size_t most);

}  // namespace untrack::backends::iptables
