// What Node documents of Calico and of Kubernetes share.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "frontend/resources/object.h"

namespace untrack::frontend::resources {

// ADDRESS or ADDRESS/BITS, the address alone is of interest; nothing for anything else.
std::optional<ir::Address> address_of(std::string_view text);
void add_address(std::optional<ir::Address> address, std::vector<ir::Address>& into);  // each once

// A list of `{name, addresses}`. Calico checks nothing in it and leaves out what it cannot read.
std::vector<ir::Node::Interface> interfaces_of(yaml::Node list);

}  // namespace untrack::frontend::resources
