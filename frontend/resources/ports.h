// The decoders of protocols and ports.
#pragma once
#include <optional>

#include "frontend/resources/scalars.h"
#include "ir/policy.h"

namespace untrack::frontend::resources {

std::optional<ir::ProtocolSpec> protocol(Context& context, const Entry& entry);
// In Calico's spelling: `UDPLite`, `protocol 47`.
std::string described(ir::Protocol protocol);
std::optional<ir::PortSpec> port(Context& context, const Entry& entry);
// A number alone, 1-65535.
std::optional<ir::Port> port_number(Context& context, const Entry& entry);
std::optional<Text> port_name(Context& context, const Entry& entry);

}  // namespace untrack::frontend::resources
